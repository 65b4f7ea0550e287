// Alerts are level-triggered claims on a target, not events.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/scaling/policy.hpp"

namespace scalehook::scaling {

using alert::Time;

// One alert as its rule sees it. `rule` and `identity` name the claim, `series` the alert within
// it: see core/rules. behavior is never null.
struct Observation {
  alert::Status status{};
  std::string rule;
  alert::Labels identity;
  alert::Labels series;
  Action action{};
  std::shared_ptr<const Behavior> behavior;
  Time starts_at{};
  std::optional<Time> ends_at;  // of resolved ones
  std::optional<double> value;  // none: absent, or nothing to scale by
};

// An identity that fires.
struct Claim {
  std::string rule;
  Action action{};
  std::shared_ptr<const Behavior> behavior;
  std::map<alert::Labels, Time> firing;  // its series that fire, with their startsAt; never empty
  Time confirmed_at{};                   // our clock
  std::optional<double> value;           // the last one that could be read
  Time sampled_at{};                     // when it last came, our clock
  std::optional<double> wanted_for;      // the value `want` was computed from
  std::optional<std::int64_t> want;      // absolute, not clamped; none: not computed yet
};

// What a run leaves to be done once nothing fires.
struct Obligation {
  OnResolved how{};
  std::string rule;
  std::shared_ptr<const Behavior> behavior;
};

// All that is remembered of one target. A run is an unbroken time with at least one open claim.
struct Memory {
  using Key = std::pair<std::string, alert::Labels>;  // rule, identity
  std::map<Key, Claim> claims;
  std::optional<std::int64_t> baseline;  // the count before the run's first claim
  std::optional<Obligation> obligation;
  std::optional<std::int64_t> known;  // the count last read or written in this run
  Time changed_at{};                  // when we did
  std::string uid;                    // of the object the above is about
};

// What an observation did to the claims.
enum class Effect {
  opened,     // a new claim, or a further series of one
  sampled,    // an open claim has a new value
  duplicate,  // nothing new
  no_value,   // an open claim that follows the value has none that is a number; the last is kept
  closed,     // the last series of a claim resolved
  narrowed,   // a series resolved, others of the claim still fire
  overtaken,  // resolved, and fires in the same notification
  old,        // resolved before what fires now began
};

// Applies one notification's alerts of one target; the effects in their order. A series that fires
// and is resolved in one notification fires: with the value as a label Prometheus sends such, and
// taken one by one they would scale out and at once back in.
std::vector<Effect> observe(Memory& memory, const std::vector<Observation>& observations, Time now);

// Nothing is left to be done; with no claim open the run is over, and the next one begins afresh.
void end_run(Memory& memory);

// A rule that is gone closes its claims and leaves the count as it is.
void drop_rule(Memory& memory, const std::string& rule);

// Changes the rule's behavior for claims that are open; what they want stays.
void replace_behavior(Memory& memory, const std::string& rule,
                      const std::shared_ptr<const Behavior>& behavior);

}  // namespace scalehook::scaling
