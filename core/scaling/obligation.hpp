// What resolved alerts leave to be done: rules 22 and 23.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/scaling/memory.hpp"

namespace scalehook::scaling {

// What a claim's rule wants done once its alert is resolved.
OnResolved on_resolved(const Claim& claim);

// Whether a claim fires that is not only tried. What is has no say beside it.
bool fires_really(const Memory& memory);

// A claim closes, and leaves this to be done. Of several the most cautious has its way. What was
// only tried leaves nothing beside what is real.
void oblige(Memory& memory, const Key& key, const Claim& claim, OnResolved how, Moment now);

// A claim opens, before it is among the memory's: what it had left is not left any more. What
// others left goes on, and is one of the wants while this one fires: see combine.hpp. A hold
// decides nothing, so what is left waits for its end. What was raised and left to stay does so: in
// this run while others still fire, else that run is over.
void supersede(Memory& memory, const Key& key, const Claim& claim);

// What the claims of these keys had left is not to be done; if there was any, or one of them that
// was open had moved the target (by this behavior, else null), the count stays, whatever others
// leave.
void leave_as_it_is(Memory& memory, const std::set<Key>& keys,
                    std::shared_ptr<const Behavior> moved);

// The names of the alerts that it comes of, each once, in the order of their resolves.
std::vector<std::string> alerts_of(const Obligation& obligation);

}  // namespace scalehook::scaling
