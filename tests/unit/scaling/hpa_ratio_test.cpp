// `ratio` and `per_replica` (rule 7) against the replica calculator: the numbers of Kubernetes
// v1.20.2, pkg/controller/podautoscaler/replica_calculator_test.go (Apache-2.0), by the names they
// have there. The alert's value is what is there the mean utilization, of pods the mean of their
// metric, of an object or an external metric the metric. What it does about single pods (missing,
// failed or hot ones) is the query's business here.
#include <gtest/gtest.h>

#include "core/scaling/want.hpp"
#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

TEST(HpaRatio, ReplicaCalculator) {
  struct Row {
    const char* name;
    Policy policy;
    std::int64_t current;
    std::optional<std::int64_t> ready;
    double value;
    std::int64_t expected;
  };
  const Row rows[] = {
      {"TestReplicaCalcScaleUp", Ratio{30}, 3, {}, 50, 5},
      {"TestReplicaCalcScaleUpCM", Ratio{15000}, 3, {}, 20000, 4},
      {"TestReplicaCalcScaleUpCMObject", Ratio{15000}, 3, {}, 20000, 4},
      {"TestReplicaCalcScaleUpCMObjectIgnoresUnreadyPods", Ratio{10000}, 3, 1, 50000, 5},
      {"TestReplicaCalcScaleUpCMExternal", Ratio{4400}, 1, {}, 8600, 2},
      // There 2, because an external metric is no pod's; as of pods, what starts counts as used.
      {"TestReplicaCalcScaleUpCMExternalIgnoresUnreadyPods", Ratio{4400}, 3, 1, 8600, 3},
      {"TestReplicaCalcScaleDown", Ratio{50}, 5, {}, 28, 3},
      {"TestReplicaCalcScaleDownCM", Ratio{20000}, 5, {}, 12000, 3},
      {"TestReplicaCalcScaleDownCMObject", Ratio{20000}, 5, {}, 12000, 3},
      {"TestReplicaCalcScaleDownCMExternal", Ratio{14334}, 5, {}, 8600, 3},
      {"TestReplicaCalcTolerance", Ratio{100}, 3, {}, 102, 3},
      {"TestReplicaCalcToleranceCM", Ratio{20000}, 3, {}, 20666, 3},
      {"TestReplicaCalcToleranceCMObject", Ratio{20000}, 3, {}, 20666, 3},
      {"TestReplicaCalcToleranceCMExternal", Ratio{8888}, 3, {}, 8600, 3},
      {"TestReplicaCalcComputedToleranceAlgImplementation: beyond", Ratio{56}, 10, {}, 50, 9},
      {"TestReplicaCalcComputedToleranceAlgImplementation: within", Ratio{55}, 10, {}, 50, 10},
      {"TestReplicaCalcScaleUpPerPodCMExternal", PerReplica{2150}, 3, {}, 8600, 4},
      {"TestReplicaCalcScaleUpCMPerPodObject", PerReplica{5000}, 3, {}, 20000, 4},
      {"TestReplicaCalcScaleDownPerPodCMExternal", PerReplica{2867}, 5, {}, 8600, 3},
      {"TestReplicaCalcScaleDownPerPodCMObject", PerReplica{2000}, 5, {}, 6000, 3},
      {"TestReplicaCalcTolerancePerPodCMExternal", PerReplica{2900}, 3, {}, 8600, 3},
      {"TestReplicaCalcTolerancePerPodCMObject", PerReplica{5000}, 4, {}, 20166, 4},
  };
  for (const auto& row : rows) {
    for (const auto action : {Action::scale_out, Action::scale_in}) {
      EXPECT_EQ(want(row.policy, action, {row.current, row.ready, row.value}), row.expected)
          << row.name;
    }
  }
}

// horizontal_test.go. Left out on purpose: TestTooFewReplicas and TestTooManyReplicas, which bring
// a count within its limits with nothing to measure: here nothing moves unless an alert fires, and
// then only with `enforce_bounds` (see stages_test.cpp).
TEST(HpaRatio, Limits) {
  struct Row {
    const char* name;
    Action action;
    std::int64_t current, min, max;
    double value, target;
    std::int64_t expected;
  };
  const Row rows[] = {
      {"TestMaxReplicas", Action::scale_out, 3, 2, 5, 616, 90, 5},
      {"TestMinReplicas", Action::scale_in, 3, 2, 5, 3, 90, 2},
      {"TestZeroReplicas", Action::scale_out, 0, 3, 5, 616, 90, 0},
  };
  for (const auto& row : rows) {
    World world{row.current};
    world.rule("r", row.action, Ratio{row.target}).limits = {row.min, row.max};
    world.fire("r", "a", row.value);
    world.settle();
    EXPECT_EQ(world.target.replicas, row.expected) << row.name;
  }
}

}  // namespace
}  // namespace scalehook::scaling
