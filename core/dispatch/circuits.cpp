#include "core/dispatch/circuits.hpp"

#include <utility>

#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::dispatch {

std::optional<plugin::Outcome> Circuits::turn_away(const rules::Target& target) {
  auto& breaker = breakers_[target.scaler];
  if (!breaker.is_open()) return std::nullopt;
  return breaker.turn_away(rules::to_text(target), runtime_.moment());
}

void Circuits::note(const rules::Target& target, const plugin::Outcome& outcome) {
  const auto& scaler = target.scaler;
  auto& breaker = breakers_[scaler];
  if (!breaker.note(rules::to_text(target), outcome, runtime_.moment())) return;
  metrics_.circuit_open(scaler, breaker.is_open());
  if (breaker.is_open()) {
    log::warn("no target of the scaler can be reached, so only one is tried now and then",
              {{"scaler", scaler}, {"explanation", outcome.explanation}});
  } else {
    log::info("targets of the scaler can be reached again", {{"scaler", scaler}});
  }
}

void Circuits::forget() {
  for (const auto& [scaler, breaker] : std::exchange(breakers_, {})) {
    metrics_.circuit_open(scaler, false);
  }
}

}  // namespace scalehook::dispatch
