#include "core/scaling/want.hpp"

#include <algorithm>
#include <cmath>

namespace scalehook::scaling {
namespace {

// A HorizontalPodAutoscaler's default: nearer to 1 than this a ratio asks for no change.
constexpr double tolerance = 0.1;
// More than any cluster has, and far from where integers overflow.
constexpr double most = 1e9;

std::int64_t whole(double replicas) {
  return static_cast<std::int64_t>(std::clamp(replicas, 0.0, most));
}

struct Want {
  Action action;
  const Measure& measure;

  using Result = std::optional<std::int64_t>;

  Result moved_by(std::int64_t replicas) const {
    if (action == Action::scale_in) {
      return std::max<std::int64_t>(0, measure.replicas - replicas);
    }
    return measure.replicas + replicas;
  }

  Result operator()(const Step& step) const { return moved_by(step.replicas); }

  Result operator()(const Percent& percent) const {
    const double part = static_cast<double>(measure.replicas) * percent.percent / 100.0;
    const double rounded = action == Action::scale_in ? std::floor(part) : std::ceil(part);
    return moved_by(std::max<std::int64_t>(1, whole(rounded)));
  }

  Result operator()(const Ratio& ratio) const {
    if (!measure.value) return std::nullopt;
    const double usage = *measure.value / ratio.target;
    if (std::abs(usage - 1.0) <= tolerance) return measure.replicas;
    const auto ready = static_cast<double>(measure.ready.value_or(measure.replicas));
    return whole(std::ceil(ready * usage));
  }

  Result operator()(const PerReplica& per_replica) const {
    if (!measure.value) return std::nullopt;
    return whole(std::ceil(*measure.value / per_replica.target));
  }

  Result operator()(const Set& set) const {
    if (set.replicas) return set.replicas;
    if (!measure.value) return std::nullopt;
    return whole(std::ceil(*measure.value));
  }
};

}  // namespace

std::optional<std::int64_t> want(const Policy& policy, Action action, const Measure& measure) {
  return std::visit(Want{action, measure}, policy);
}

bool follows_value(const Policy& policy) {
  if (const auto* set = std::get_if<Set>(&policy)) return !set->replicas;
  return std::holds_alternative<Ratio>(policy) || std::holds_alternative<PerReplica>(policy);
}

std::int64_t clamp(std::int64_t replicas, const Limits& limits) {
  return std::clamp(replicas, limits.min, limits.max);
}

}  // namespace scalehook::scaling
