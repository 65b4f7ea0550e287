// How a rule turns a claim into replicas: the part of a rule that the scaling functions read.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
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

// ceil(ready replicas x value / target), as a HorizontalPodAutoscaler; target > 0.
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

// Whether replicas share the measure that an alert compares, so that it falls in proportion as
// replicas are added: an average of them, a utilisation. `detect`: its expression tells.
enum class Load { detect, shared, other };

// A claim that nobody confirms any more: its count stays, or it ends as if resolved.
enum class OnExpired { hold, resolve };

// Delays a change until so long after the last one: `out` after the last one out, `in` after the
// last one in either direction.
struct Cooldown {
  std::chrono::seconds out = std::chrono::minutes{3};
  std::chrono::seconds in = std::chrono::minutes{5};
};

// At most so many replicas, or so many percent of them, within a period.
struct Rate {
  std::optional<std::int64_t> pods;  // exactly one of pods and percent
  std::optional<double> percent;
  std::chrono::seconds period{60};
};

enum class Select { max, min, disabled };

// One direction of a HorizontalPodAutoscaler's `behavior`; no policies: no limit.
// https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
struct Direction {
  std::chrono::seconds stabilization{0};
  std::vector<Rate> policies;
  Select select = Select::max;
};

// What a rule says of change, with the defaults filled in.
struct Behavior {
  std::string rule;  // its name
  Policy policy = Step{};
  Limits limits;
  bool enforce_bounds = false;  // a target beyond its limits is brought within them
  double tolerance = 0.1;       // per_replica and ratio: no change while usage is that near to 1
  Cooldown cooldown;
  std::optional<std::chrono::seconds> while_firing;  // another step this often; none: once
  // No further step once three of them have not made the measure 5 % better.
  bool stop_without_effect = false;
  // How long a further step waits at most for the last one to serve.
  std::chrono::seconds landing_timeout = std::chrono::minutes{10};
  std::optional<OnResolved> on_resolved;  // none: restore for scale-out, hold for the others
  std::chrono::seconds claim_ttl = std::chrono::hours{5};  // from the last confirmation
  OnExpired on_expired = OnExpired::hold;
  Direction scale_out;
  Direction scale_in{.stabilization = std::chrono::minutes{5}, .policies = {}, .select = {}};
  bool dry_run = false;
  bool from_zero = false;
  bool to_zero = false;
  // What Prometheus is asked: for the alert's value (empty: the alert's own expression), and
  // whether the load is still measured (empty: that without its comparison).
  std::string query;
  std::string evidence_query;
  std::chrono::seconds max_age = std::chrono::minutes{2};  // of a sample that is gone by
  // How often it is asked, for a count that follows a value and for a restore.
  std::chrono::seconds refresh{30};
  // A step goes back only to a count at which a shared measure would be at most this share of the
  // alert's threshold.
  double fit = 0.8;
  Load load = Load::detect;
};

}  // namespace scalehook::scaling
