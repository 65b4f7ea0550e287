// What holds for a target beyond its own claims: pauses, the budget, the breaker against scaling in
// everywhere at once, and how long ago scalehook started.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "core/dispatch/ledger.hpp"
#include "core/dispatch/pauses.hpp"
#include "core/dispatch/runtime.hpp"
#include "core/rules/target.hpp"
#include "core/scaling/decide.hpp"
#include "core/scaling/fleet.hpp"

namespace scalehook::dispatch {

// All methods on the engine's thread; runtime and ledger outlive it.
class Conditions {
 public:
  static constexpr const char* pause_kind = "pause";

  Conditions(const Runtime& runtime, Ledger& ledger) : runtime_{runtime}, ledger_{ledger} {}

  // The decision under all that; and what it means for others. So many targets are known.
  scaling::Decision decide(const rules::Target& target, scaling::Memory& memory,
                           const scaling::Reading& reading, scaling::Evidence evidence,
                           std::size_t targets_known, const scaling::Budget& budget);
  // A target has been changed by us.
  void note_change() { scaling::note_change(fleet_, runtime_.moment()); }

  // It starts, and later begins to decide: from there for `grace` nothing is scaled in that was not
  // confirmed since the start.
  void start() { started_at_ = runtime_.moment(); }
  void begin(std::chrono::seconds grace) { grace_until_ = runtime_.moment() + grace; }
  scaling::Moment started_at() const { return started_at_; }
  // A pause, and the changes of a target, from before the start.
  void recover(const journal::State& pause);
  void recover(const scaling::Memory& memory) { scaling::recall_changes(fleet_, memory); }

  void pause(scaling::Pause pause);
  // That of the target and rule, or every one if both are empty; that also lets a frozen scale-in
  // go on. How many ended.
  std::size_t resume(const std::string& target, const std::string& rule);
  std::vector<scaling::Pause> pauses() const { return pauses_.all(runtime_.now()); }
  void forget_ended_pauses() { forget(pauses_.drop_ended(runtime_.now())); }
  // When the first pause that is about the target ends; none: nothing to wait for.
  std::optional<std::chrono::nanoseconds> pause_ends_in(const rules::Target& target) const;

 private:
  void forget(const std::vector<scaling::Pause>& ended);

  const Runtime& runtime_;
  Ledger& ledger_;
  Pauses pauses_;
  scaling::Fleet fleet_;
  scaling::Moment started_at_{};
  scaling::Moment grace_until_{};
};

}  // namespace scalehook::dispatch
