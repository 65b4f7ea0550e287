#include "core/simulate/hpa.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

constexpr double tolerance = 0.1;                // --horizontal-pod-autoscaler-tolerance
constexpr std::chrono::seconds window{300};      // …-downscale-stabilization
constexpr std::chrono::seconds period{15};       // of the scale-up policies
constexpr std::int64_t pods_in_period = 4;       // the one of them
constexpr std::int64_t percent_in_period = 100;  // the other one

// As prometheus-adapter makes a quantity of a value: cut. So much that a sum of them has room, too.
std::int64_t in_thousandths(double value) {
  constexpr double most = 1e15;
  return static_cast<std::int64_t>(std::min(value * 1000, most));
}

// The controller has int32; what is beyond it is as much as there can be.
std::int64_t count_of(double replicas) {
  return static_cast<std::int64_t>(
      std::min(std::ceil(replicas), double{std::numeric_limits<std::int32_t>::max()}));
}

// GetMetricUtilizationRatio: the mean is cut to whole thousandths.
double ratio_of(std::int64_t total, std::int64_t pods, std::int64_t target) {
  const std::int64_t mean = total / pods;
  return static_cast<double>(mean) / static_cast<double>(target);
}

}  // namespace

std::optional<std::int64_t> pods_metric_replicas(std::int64_t current,
                                                 const std::vector<std::int64_t>& values,
                                                 std::int64_t missing, std::int64_t target) {
  if (values.empty()) return std::nullopt;
  auto total = std::accumulate(values.begin(), values.end(), std::int64_t{0});
  auto pods = std::ssize(values);
  const double ratio = ratio_of(total, pods, target);
  if (missing == 0) {
    if (std::abs(1 - ratio) <= tolerance) return current;
    return count_of(ratio * static_cast<double>(pods));
  }
  // Those without a value are taken for what makes the change smaller: as used as they should be
  // on the way in, as idle on the way out.
  if (ratio < 1) total += missing * target;
  pods += missing;
  const double all = ratio_of(total, pods, target);
  if (std::abs(1 - all) <= tolerance || (ratio < 1 && all > 1) || (ratio > 1 && all < 1)) {
    return current;
  }
  return count_of(all * static_cast<double>(pods));
}

std::int64_t external_metric_replicas(std::int64_t current, std::int64_t total,
                                      std::int64_t target) {
  const auto sum = static_cast<double>(total);
  const auto share = static_cast<double>(target);
  if (std::abs(1 - sum / (share * static_cast<double>(current))) <= tolerance) return current;
  return count_of(sum / share);
}

std::optional<std::int64_t> Hpa::desired(std::int64_t replicas, std::int64_t ready,
                                         double value) const {
  if (std::isnan(value)) return std::nullopt;
  const auto target = std::max<std::int64_t>(1, std::llround(options_.target * 1000));
  const auto thousandths = in_thousandths(value);
  if (options_.source == HpaOptions::Source::external) {
    return external_metric_replicas(replicas, thousandths, target);
  }
  const auto with_value = std::min(ready, replicas);
  return pods_metric_replicas(
      replicas, std::vector<std::int64_t>(static_cast<std::size_t>(with_value), thousandths),
      replicas - with_value, target);
}

std::int64_t Hpa::sync(Time now, std::int64_t replicas, std::int64_t ready, double value) {
  if (!std::exchange(is_seeded_, true)) recommendations_.push_back({now, replicas});
  if (replicas == 0) return 0;
  if (replicas > options_.max) return change(now, replicas, options_.max);
  if (replicas < options_.min) return change(now, replicas, options_.min);
  const auto wanted = desired(replicas, ready, value);
  if (!wanted) return replicas;
  return change(now, replicas, limited(now, replicas, stabilized(now, replicas, *wanted)));
}

// stabilizeRecommendationWithBehaviors
std::int64_t Hpa::stabilized(Time now, std::int64_t replicas, std::int64_t desired) {
  while (!recommendations_.empty() && recommendations_.front().at <= now - window) {
    recommendations_.pop_front();
  }
  auto best = desired;
  if (desired < replicas) {
    for (const auto& recent : recommendations_) best = std::max(best, recent.replicas);
  }
  recommendations_.push_back({now, desired});
  return best;
}

// convertDesiredReplicasWithBehaviorRate; the default rule for the way in allows all of them.
std::int64_t Hpa::limited(Time now, std::int64_t replicas, std::int64_t desired) const {
  if (desired < replicas) return std::max(desired, options_.min);
  if (desired == replicas) return desired;
  auto before = replicas;  // the period
  for (const auto& added : additions_) {
    if (added.at > now - period) before -= added.replicas;
  }
  const auto limit = std::max(before + pods_in_period, before + before * percent_in_period / 100);
  return std::min({desired, options_.max, std::max(limit, replicas)});
}

// storeScaleEvent
std::int64_t Hpa::change(Time now, std::int64_t from, std::int64_t to) {
  while (!additions_.empty() && additions_.front().at <= now - period) additions_.pop_front();
  if (to > from) additions_.push_back({now, to - from});
  return to;
}

}  // namespace scalehook::simulate
