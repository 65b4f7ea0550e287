// The circuit breakers of all scalers, told of in log and metrics.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/dispatch/breaker.hpp"
#include "core/dispatch/runtime.hpp"
#include "core/rules/target.hpp"

namespace scalehook::telemetry {
class Metrics;
}

namespace scalehook::dispatch {

// All methods on the engine's thread; runtime and metrics outlive it.
class Circuits {
 public:
  Circuits(const Runtime& runtime, telemetry::Metrics& metrics)
      : runtime_{runtime}, metrics_{metrics} {}

  // As those of a Breaker.
  std::optional<plugin::Outcome> turn_away(const rules::Target& target);
  void note(const rules::Target& target, const plugin::Outcome& outcome);
  // The scalers may reach other servers now.
  void forget();

 private:
  const Runtime& runtime_;
  telemetry::Metrics& metrics_;
  std::map<std::string, Breaker> breakers_;  // by scaler
};

}  // namespace scalehook::dispatch
