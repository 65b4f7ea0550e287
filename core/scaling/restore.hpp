// Where a restore goes now: rules 32, 33 and 54. A resolved alert is quiet because replicas were
// added, so what went up comes down no further than the load allows.
//
// - What follows a value goes where its own policy goes for the fresh value.
// - Steps go back one at a time, the last first; with a measure that replicas share, only as far as
//   it fits below the threshold; and to no count at which the alert came back.
// - A move after which the condition holds again is taken back.
//
// All of it needs Prometheus, except that steps go back one at a time. Without Prometheus the
// resolve is believed, and what follows a value goes to the baseline.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/scaling/memory.hpp"
#include "core/scaling/reading.hpp"
#include "core/scaling/reason.hpp"

namespace scalehook::scaling {

// So long after a restore has come to its end, its last move may still prove wrong.
inline constexpr auto undo_time = std::chrono::minutes{10};

// What a shared measure would be if the count were another one.
struct Fit {
  double measure{};         // now
  double limit{};           // that the alert compares it with
  double load{};            // of all replicas together: what n of them would have is load / n each
  std::int64_t replicas{};  // the least count that it allows
};

struct Restore {
  std::int64_t replicas{};            // to go to; the reading's: nothing to do now
  Reason reason = Reason::no_change;  // why it stays, if it does
  const std::shared_ptr<const Behavior>* behavior = nullptr;  // never null
  std::int64_t goal{};                                        // where all of it is undone
  bool completes = false;                                     // at `replicas` it is
  bool is_done = false;                                       // nothing is left to do, nor to watch
  bool by_steps = false;        // in: a step counts its waits from the resolve and the last change
  bool undoes = false;          // out: the last move proved wrong
  bool is_trial = false;        // in: whether one fewer will do after all
  std::optional<Fit> fit;       // if that decides
  std::optional<double> value;  // if that decides: of what follows a value
  std::optional<std::int64_t> failed;  // the count at which the alert came back, if that decides
  std::optional<Moment> wake_at;       // when there may be more to do
};

// What the memory's obligation, of which there is one, comes to. Notes the fit of now in the
// memory, and computes what is computed once. The trace's measures are those of now.
Restore restore(Memory& memory, const Reading& reading, Evidence evidence, Moment now);

// A move of it has been written.
void note_restored(Memory& memory, std::int64_t from, std::int64_t to, bool is_trial, Moment now);
// What it had done has been taken back.
void note_undone(Memory& memory, std::int64_t from, std::int64_t to, Moment now);

}  // namespace scalehook::scaling
