// How fast a target may move: stabilization windows and rates, with the meaning that a
// HorizontalPodAutoscaler's `behavior` gives them.
// https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/scaling/memory.hpp"
#include "core/scaling/policy.hpp"

namespace scalehook::scaling {

// As far back as anything is looked at: no window and no period is longer.
inline constexpr std::chrono::seconds longest_window = std::chrono::hours{1};

// Notes what is wanted from now on. The first one is preceded by the count of now, so that nothing
// is in force that was not wanted for a whole window. `is_fresh`: a value that has just been
// measured says so, and the next one will soon; as in a HorizontalPodAutoscaler it counts for its
// own moment.
void recommend(std::vector<Recommendation>& recommendations, std::int64_t wanted,
               std::int64_t current, bool is_fresh, Moment now);

// A count, and when a further one may be had; none: not by waiting.
struct Allowed {
  std::int64_t replicas{};
  std::optional<Moment> next_at;
};

// The lowest recommendation of the last `window` going out (wanted > current), the highest going
// in; never beyond `current` in the other direction. The last recommendation is `wanted`.
Allowed stabilize(std::span<const Recommendation> recommendations, std::int64_t wanted,
                  std::int64_t current, std::chrono::seconds window, Moment now);

// The most replicas that the policies allow going out now, the fewest going in; `current` if they
// allow no move. Without policies there is no limit.
Allowed most(const Direction& out, std::int64_t current, std::span<const Change> changes,
             Moment now);
Allowed fewest(const Direction& in, std::int64_t current, std::span<const Change> changes,
               Moment now);

}  // namespace scalehook::scaling
