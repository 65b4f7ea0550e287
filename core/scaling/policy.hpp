// How a rule turns a claim into replicas: the part of a rule that the scaling functions read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace scalehook::scaling {

enum class Action { scale_out, scale_in, scale_to, hold };

// "scale-out", "scale-in", "scale-to", "hold".
std::optional<Action> parse_action(std::string_view text);
std::string_view to_text(Action action);

// n replicas more (or fewer); n >= 1.
struct Step {
  std::int64_t replicas = 1;
};

// p percent of the current count, rounded up going out and down going in, at least one; 0 < p.
struct Percent {
  double percent{};
};

// ceil(ready replicas x value / target), as a HorizontalPodAutoscaler; no change within a tolerance
// of 0.1. target > 0.
struct Ratio {
  double target{};
};

// ceil(value / target); target > 0.
struct PerReplica {
  double target{};
};

// A constant, or with none the alert's own value.
struct Set {
  std::optional<std::int64_t> replicas;
};

using Policy = std::variant<Step, Percent, Ratio, PerReplica, Set>;

// min bounds only downward moves, max only upward ones; 0 <= min <= max.
struct Limits {
  std::int64_t min = 1;
  std::int64_t max = 10;
};

enum class OnResolved { restore, min, step, hold };

struct Cooldown {
  std::chrono::seconds out{0};
  std::chrono::seconds in{0};
};

// One direction of a HorizontalPodAutoscaler's `behavior`. Accepted and checked; in force once the
// stages exist.
struct Rate {
  std::optional<std::int64_t> pods;  // exactly one of pods and percent
  std::optional<double> percent;
  std::chrono::seconds period{60};
};

enum class Select { max, min, disabled };

// https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
struct Direction {
  std::chrono::seconds stabilization{0};
  std::vector<Rate> policies;
  Select select = Select::max;
};

// What a rule says of change, with the defaults filled in.
struct Behavior {
  Policy policy = Step{};
  Limits limits;
  Cooldown cooldown;
  std::optional<std::chrono::seconds> while_firing;  // another step this often; none: once
  std::optional<OnResolved> on_resolved;  // none: restore for scale-out, hold for the others
  Direction scale_out;
  Direction scale_in;
  bool dry_run = false;
  bool from_zero = false;
  bool to_zero = false;
};

}  // namespace scalehook::scaling
