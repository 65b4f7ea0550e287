// What a target's claims, and what they leave behind, come to together.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/scaling/memory.hpp"
#include "core/scaling/reading.hpp"
#include "core/scaling/reason.hpp"
#include "core/scaling/restore.hpp"

namespace scalehook::scaling {

// What a proposal comes of.
enum class Because {
  nothing_fires,
  asked,       // a claim asks for a count
  held,        // a claim with `action: hold` fires
  suppressed,  // what fires is silenced or inhibited
  no_value,    // what fires has no value to scale by
  left,        // resolved, and the count stays: `on_resolved: hold`
  restored,    // resolved: back towards the baseline
  minimized,   // resolved: to the minimum
  stepped,     // resolved: one step back
  undone,      // resolved, and the condition holds again
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
  std::optional<Moment> granted_at;  // when that was
  bool held = false;                 // it must not go in, because something else holds
  bool restores = false;             // it undoes what a run did
  bool undoes = false;               // it takes such a move back
  bool by_steps = false;             // see Restore
  bool is_trial = false;
  bool completes = false;
  std::optional<Fit> fit;
  std::optional<std::int64_t> failed;
  std::optional<Moment> wake_at;
  bool is_over = false;  // what was left to be done is done, or adds nothing to what fires
};

// The highest of the wants out, the baseline and the count of what is left to be undone, for as
// long as there are others without the wants of paused rules; else, if nothing holds, the highest
// of the wants in; else what the obligation says. What is only tried has no say beside what is
// real. Each want is first clamped by its rule's limits: one out by both, one in by min, because a
// target beyond max comes in by its steps. `memory.baseline` is set if a claim is open. A restore
// that proved wrong is undone whatever fires.
Proposal combine(Memory& memory, const Reading& reading, const Surroundings& surroundings,
                 Moment now);

}  // namespace scalehook::scaling
