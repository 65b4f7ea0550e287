// How a target stands, and what holds beyond it: all that a decision is made from, beside what is
// remembered.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/scaling/moment.hpp"
#include "core/scaling/pause.hpp"

namespace scalehook::scaling {

// How the target stands, as its scaler read it.
struct Reading {
  std::int64_t replicas{};            // asked for now; >= 0
  std::optional<std::int64_t> ready;  // serving now
  std::string uid;                    // of the object; another one is another target
  std::string hold;                   // the target asks not to be moved: "", "in", "out" or "all"
  std::string hold_explanation;
  std::optional<std::int64_t> max;  // the most it can be set to now
};

// Whether a resolved alert means that the load has gone. It does not by itself: one failed scrape,
// or a dead Prometheus, resolves it with the load still there.
enum class Evidence {
  not_asked,   // no Prometheus is configured: the resolve is believed
  load_gone,   // it is measured, and the alert's condition does not hold
  unmeasured,  // nothing measures it now, or Prometheus does not answer
  load_there,  // the condition holds, or will once its `for` has passed
};

struct Surroundings {
  std::span<const Pause> pauses;  // those about this target that are in force
  Evidence evidence = Evidence::not_asked;
  bool scale_in_frozen = false;         // the breaker: see fleet.hpp
  std::optional<Moment> out_budget_at;  // when a change out is within the budget; none: now
  std::optional<Moment> in_budget_at;
  // Until then nothing is scaled in that was not confirmed since `started_at`.
  Moment started_at{};
  Moment grace_until{};
};

// Whether a direction, "in", "out", or "all" or "" for both, is about changes out, or in.
bool covers(std::string_view direction, bool out);

// The first pause that keeps the rule from moving the target that way; null if none does.
const Pause* pause_of(const Surroundings& surroundings, const std::string& rule, bool out);

// Whether nothing that the rule asks for can be done that way, for as long as it is so: the target
// holds, a pause, or scale-in is frozen.
bool is_blocked(const Reading& reading, const Surroundings& surroundings, const std::string& rule,
                bool out);

}  // namespace scalehook::scaling
