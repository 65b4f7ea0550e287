// When a lane's questions to Alertmanager and Prometheus are due.
#pragma once

#include <optional>

#include "core/dispatch/setup.hpp"
#include "core/scaling/memory.hpp"

namespace scalehook::dispatch {

// Whether the claim's count follows a value that Prometheus can be asked for.
bool is_measured(const scaling::Claim& claim, const Upstream& upstream);

// When it is next due to ask whether the memory's alerts still fire, given when that was last
// asked: for open claims every `while_firing.every`, else five minutes, after anybody has confirmed
// them, and just before a further step or an expiry; for alerts that are gone unannounced as often;
// for those that may only have been delayed once the minute is over. None if there is nothing to
// ask, or nobody.
std::optional<scaling::Moment> next_confirmation(const scaling::Memory& memory,
                                                 const Upstream& upstream,
                                                 std::optional<scaling::Moment> asked_at);

// When the values that claims follow are: every `refresh`, and at once for a claim that came
// without one.
std::optional<scaling::Moment> next_values(const scaling::Memory& memory, const Upstream& upstream);

// When what is left to be undone is: every `refresh`.
std::optional<scaling::Moment> next_evidence(const scaling::Memory& memory,
                                             const Upstream& upstream);

// The first of these.
std::optional<scaling::Moment> next_inquiry(const scaling::Memory& memory, const Upstream& upstream,
                                            std::optional<scaling::Moment> asked_at);

}  // namespace scalehook::dispatch
