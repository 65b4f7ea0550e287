#include "core/scaling/rate.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scalehook::scaling {
namespace {

// Far from where integers overflow.
constexpr double most_replicas = 1e12;

// The changes of one direction within a period, by the count they came to.
struct Past {
  std::int64_t replicas = 0;     // >= 0
  std::optional<Moment> end_at;  // when the first of them leaves the period
};

Past within(std::span<const Change> changes, bool out, std::chrono::seconds period, Moment now) {
  Past past;
  for (const Change& change : changes) {
    if ((change.replicas > 0) != out || change.at + period <= now) continue;
    past.replicas += std::abs(change.replicas);
    if (!past.end_at) past.end_at = change.at + period;
  }
  return past;
}

// What one policy allows, given the count at the start of its period.
std::int64_t proposal(const Rate& rate, std::int64_t start, bool out) {
  if (rate.pods) return out ? start + *rate.pods : start - *rate.pods;
  const double factor = *rate.percent / 100.0;
  const double count = static_cast<double>(start);
  const double moved = out ? std::ceil(count * (1 + factor)) : std::trunc(count * (1 - factor));
  return static_cast<std::int64_t>(std::clamp(moved, -most_replicas, most_replicas));
}

Allowed limit(const Direction& direction, std::int64_t current, std::span<const Change> changes,
              bool out, Moment now) {
  if (direction.select == Select::disabled) return {current, std::nullopt};
  if (direction.policies.empty()) {
    return {out ? std::numeric_limits<std::int64_t>::max() : 0, std::nullopt};
  }
  // `max` is the policy that allows the greatest change, whichever way that goes.
  const bool highest = out == (direction.select == Select::max);
  std::optional<std::int64_t> chosen;
  std::optional<Moment> next_at;
  for (const Rate& rate : direction.policies) {
    const Past past = within(changes, out, rate.period, now);
    const std::int64_t start = out ? current - past.replicas : current + past.replicas;
    const std::int64_t proposed = proposal(rate, start, out);
    chosen = !chosen   ? proposed
             : highest ? std::max(*chosen, proposed)
                       : std::min(*chosen, proposed);
    if (past.end_at) next_at = std::min(next_at.value_or(*past.end_at), *past.end_at);
    // What is done now leaves the period with it.
    if (!past.end_at) next_at = std::min(next_at.value_or(now + rate.period), now + rate.period);
  }
  return {out ? std::max(*chosen, current) : std::clamp<std::int64_t>(*chosen, 0, current),
          next_at};
}

}  // namespace

void recommend(std::vector<Recommendation>& recommendations, std::int64_t wanted,
               std::int64_t current, bool is_fresh, Moment now) {
  if (recommendations.empty()) recommendations.push_back({now, current});
  if (recommendations.back().replicas != wanted) recommendations.push_back({now, wanted});
  recommendations.back().until = is_fresh ? std::optional{now} : std::nullopt;
  // One that was replaced before the longest window began is out of all of them.
  auto first = recommendations.begin();
  while (first + 1 != recommendations.end() && (first + 1)->at + longest_window <= now) ++first;
  recommendations.erase(recommendations.begin(), first);
}

Allowed stabilize(std::span<const Recommendation> recommendations, std::int64_t wanted,
                  std::int64_t current, std::chrono::seconds window, Moment now) {
  const bool out = wanted > current;
  const auto better = [&](std::int64_t one, std::int64_t other) {
    return out ? one < other : one > other;
  };
  Allowed allowed{wanted, std::nullopt};
  for (std::size_t index = 0; index + 1 < recommendations.size(); ++index) {
    const auto& [at, replicas, until] = recommendations[index];
    const Moment leaves_at = until.value_or(recommendations[index + 1].at) + window;
    if (leaves_at <= now || !better(replicas, wanted)) continue;
    if (better(replicas, allowed.replicas)) allowed.replicas = replicas;
    allowed.next_at = std::min(allowed.next_at.value_or(leaves_at), leaves_at);
  }
  allowed.replicas =
      out ? std::max(allowed.replicas, current) : std::min(allowed.replicas, current);
  return allowed;
}

Allowed most(const Direction& out, std::int64_t current, std::span<const Change> changes,
             Moment now) {
  return limit(out, current, changes, true, now);
}

Allowed fewest(const Direction& in, std::int64_t current, std::span<const Change> changes,
               Moment now) {
  return limit(in, current, changes, false, now);
}

}  // namespace scalehook::scaling
