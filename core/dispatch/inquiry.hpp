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
  std::optional<scaling::Moment> evidence_of;  // the resolve that it is about, by its time
  bool values_asked = false;
  std::string fault;                  // why Prometheus did not answer, if it did not
  bool ambiguous = false;             // Prometheus gave no one value for a claim that follows it
  std::vector<scaling::Key> expired;  // that closed, for nobody has confirmed them for too long
};

// Asks what is due and gives the findings, on the engine's thread, once everything is answered; at
// once if nothing is due. What a resolve left to be done is asked about each time. The memory
// outlives it, and may change meanwhile: see needs_evidence(). Where no Alertmanager is configured
// Prometheus confirms what still fires, and claims that nobody has confirmed for their claim_ttl
// expire; an Alertmanager that does not answer holds them.
void inquire(World& world, scaling::Memory& memory, std::optional<scaling::Moment> asked_at,
             std::function<void(Findings)> done);

// Whether something was resolved after the questions were asked, so that they are to be asked again
// before it is acted upon.
bool needs_evidence(const scaling::Memory& memory, const Upstream& upstream,
                    const Findings& findings);

}  // namespace scalehook::dispatch
