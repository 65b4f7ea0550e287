// What a lane asks of Alertmanager and Prometheus before it decides: whether its alerts still fire,
// what their values are now, and whether a load that was resolved has gone.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/dispatch/setup.hpp"
#include "core/scaling/memory.hpp"
#include "core/scaling/reading.hpp"

namespace scalehook::dispatch {

class World;

// What the answers came to, beside what they changed in the memory.
struct Findings {
  scaling::Evidence evidence = scaling::Evidence::not_asked;
  bool ambiguous = false;             // Prometheus gave no one value for a claim that follows it
  std::vector<scaling::Key> gone;     // claims that closed, for no Alertmanager has them any more
  std::vector<scaling::Key> expired;  // that closed, for nobody has confirmed them for too long
};

// When a memory's questions are next due, given when they were last asked: for open claims every
// `while_firing.every`, else five minutes; for alerts that may only have been delayed once the
// minute is over. None if there is nothing to ask, or nobody.
std::optional<scaling::Moment> next_inquiry(const scaling::Memory& memory, const Upstream& upstream,
                                            std::optional<scaling::Moment> asked_at);

// Asks what is due and gives the findings, on the engine's thread, once everything is answered; at
// once if nothing is due. The memory outlives it, and may change meanwhile. Without an Alertmanager
// to ask, claims that nobody has confirmed for their claim_ttl expire; one that does not answer
// holds them.
void inquire(World& world, scaling::Memory& memory, std::optional<scaling::Moment> asked_at,
             std::function<void(Findings)> done);

}  // namespace scalehook::dispatch
