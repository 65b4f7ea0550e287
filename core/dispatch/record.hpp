// What is kept and told of a decision.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/dispatch/arrivals.hpp"
#include "core/dispatch/runtime.hpp"
#include "core/plugin/instance.hpp"
#include "core/rules/target.hpp"
#include "core/scaling/decide.hpp"

namespace scalehook::dispatch {

// Which of a notifier's kinds a reason is: "scaled", "refused", "failed" or "unchanged".
std::string_view kind_of(scaling::Reason reason);

// The decision on a target, as JSON: the event that notifiers get, and the record that is kept. The
// explanation is scaling::sentence's, or what is to stand in its place; `now` is the moment `time`.
// The id is the same for the same decision on the same notification, whenever it is made; `stage`
// tells it from others of the same reason.
boost::json::object event(const rules::Target& target, const Arrival& arrival,
                          const scaling::Decision& decision, const std::string& explanation,
                          const Runtime& runtime, std::string_view stage = {});

// The same for notifications that said nothing new and were decided with it: `count` of them, from
// `first_notification`, received at `first_received_at`, to the record's own. Of many alerts it
// leaves out `truncated_alerts`.
boost::json::object repeats_event(const rules::Target& target, const Repeats& repeats,
                                  const std::string& external_url,
                                  const scaling::Decision& decision, const Runtime& runtime);

// An alert of which no decision comes.
boost::json::object turned_event(const Arrival& arrival, const alert::Alert& alert,
                                 const std::string& rule, scaling::Reason reason,
                                 const std::string& explanation, Time now);

// An alert that could not be read.
boost::json::object unread_event(const Arrival& arrival, const alert::BadAlert& bad, Time now);

// What a plugin may ask for while it is called: see the SDK's `input`.
// The decision may be null.
plugin::Input input(const rules::Target& target, const std::vector<Arrival>& arrivals,
                    const scaling::Decision* decision);

// The same, of an event's text.
plugin::Input input_of(std::string_view event);

}  // namespace scalehook::dispatch
