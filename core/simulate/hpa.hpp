// Kubernetes' HorizontalPodAutoscaler.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/simulate/plant.hpp"

namespace scalehook::simulate {

struct HpaOptions {
  // Which of the plant's measures, and what each replica should have of it; > 0. As in the API, it
  // is exact to a thousandth.
  double Measures::*metric = &Measures::load_per_replica;
  double target = 70;
  // `pods`: a Pods metric with averageValue: the measure is each ready replica's own.
  // `external`: an External metric with averageValue: the measure is of all replicas together.
  enum class Source { pods, external };
  Source source = Source::pods;
  std::int64_t min = 1;   // minReplicas; ≥ 1
  std::int64_t max = 10;  // maxReplicas; ≥ min
};

// The controller as it is in Kubernetes 1.20.2 (pkg/controller/podautoscaler/horizontal.go), for
// one autoscaling/v2 object with `behavior: {}`, so with the API's default rules: up by at most 4
// pods or 100 % in 15 s, whichever is more, without stabilization; down without a limit, to the
// highest recommendation of the last 300 s. (An object without `behavior` differs: up to max(4, 2 ×
// count) at each sync.) Flags of the controller are the defaults: a sync every 15 s, tolerance 0.1.
//
// As in the controller a recommendation or a change that is just as old as a window counts no more;
// and where the highest recent recommendation is above the current count, it scales up to it even
// though the metric now asks for less.
class Hpa {
 public:
  explicit Hpa(HpaOptions options) : options_{options} {}

  // One sync: the count that it sets, `replicas` if none. `replicas` is the count set and running,
  // `ready` how many of them show the metric: the others count as pods without metrics. NaN: no
  // metric, so nothing is changed and nothing recommended, as with a metrics API that fails. A
  // count of 0 is left alone; one outside min and max goes there at once. Times never fall.
  std::int64_t sync(Time now, std::int64_t replicas, std::int64_t ready, double value);

 private:
  struct Recommendation {
    Time at{};
    std::int64_t replicas{};
  };
  std::optional<std::int64_t> desired(std::int64_t replicas, std::int64_t ready,
                                      double value) const;
  std::int64_t stabilized(Time now, std::int64_t replicas, std::int64_t desired);
  std::int64_t limited(Time now, std::int64_t replicas, std::int64_t desired) const;
  std::int64_t change(Time now, std::int64_t from, std::int64_t to);

  HpaOptions options_;
  std::deque<Recommendation> recommendations_;  // of the last 300 s
  bool is_seeded_ = false;                      // with the count at the first sync
  std::deque<Recommendation> additions_;        // of the last 15 s: how many were added
};

// calcPlainMetricReplicas of replica_calculator.go: how many replicas a Pods metric asks for.
// `values` are those of the pods that have one, in thousandths; `missing` is how many running pods
// have none; `target`, in thousandths, is above 0. None: no pod has a value, which is an error
// there.
std::optional<std::int64_t> pods_metric_replicas(std::int64_t current,
                                                 const std::vector<std::int64_t>& values,
                                                 std::int64_t missing, std::int64_t target);

// GetExternalPerPodMetricReplicas there: the same for a total. `current`, above 0, is the count of
// running pods; total and target are in thousandths.
std::int64_t external_metric_replicas(std::int64_t current, std::int64_t total,
                                      std::int64_t target);

}  // namespace scalehook::simulate
