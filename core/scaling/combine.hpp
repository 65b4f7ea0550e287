// What a target's claims, and what they leave behind, come to together.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/scaling/memory.hpp"
#include "core/scaling/reading.hpp"
#include "core/scaling/reason.hpp"

namespace scalehook::scaling {

// What a proposal comes of.
enum class Because {
  nothing_fires,
  asked,       // a claim asks for a count
  held,        // a claim with `action: hold` fires
  suppressed,  // what fires is silenced or inhibited
  no_value,    // what fires has no value to scale by
  left,        // resolved, and the count stays: `on_resolved: hold`
  restored,    // resolved: back to the baseline
  minimized,   // resolved: to the minimum
  stepped,     // resolved: one step back
};

struct Proposal {
  std::int64_t replicas{};            // that of the reading: no move
  Reason reason = Reason::no_change;  // if there is no move
  Because because = Because::nothing_fires;
  // The deciding rule's, whose settings apply to the change; null if none had a say.
  const std::shared_ptr<const Behavior>* behavior = nullptr;
  std::optional<Action> action;      // of the deciding claim
  std::optional<std::int64_t> want;  // the deciding claim's, as its policy computed it
  std::optional<double> value;       // that it was computed from
  bool held = false;                 // it must not go in, for something else holds
  bool restores = false;             // it undoes what a run did
};

// The highest of the wants out and the baseline, for as long as there are others without those of
// paused rules; else, if nothing holds, the highest of the wants in; else what the obligation says.
// What is only tried has no say beside what is real. Each want is first clamped by its rule's
// limits: one out by both, one in by min, for a target beyond max comes in by its steps. Computes
// the obligation's count the first time it is its turn. `memory.baseline` is set if a claim is
// open.
Proposal combine(Memory& memory, const Reading& reading, const Surroundings& surroundings);

}  // namespace scalehook::scaling
