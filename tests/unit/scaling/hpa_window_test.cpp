// Stabilization (rule 16), as a HorizontalPodAutoscaler does it: the numbers of Kubernetes v1.20.2,
// pkg/controller/podautoscaler/horizontal_test.go (Apache-2.0), by the names they have there.
#include <gtest/gtest.h>

#include "core/scaling/rate.hpp"
#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

// There a recommendation is a point, made anew every 15 seconds. Here it is in force until it is
// replaced, so where a row leaves a gap that no autoscaler has, ours stays higher: `ours` says so.
TEST(HpaWindow, Stabilize) {
  struct Row {
    const char* name;
    std::vector<std::pair<std::int64_t, int>> past;  // replicas, and minutes ago
    std::int64_t current, wanted;
    std::chrono::minutes window;
    std::int64_t upstream;
    std::optional<std::int64_t> ours;
  };
  const Row rows[] = {
      {"TestNormalizeDesiredReplicas: empty log", {}, 9, 5, 5min, 5, {}},
      {"TestNormalizeDesiredReplicas: stabilize", {{4, 2}, {5, 1}}, 9, 3, 5min, 5, {}},
      {"TestNormalizeDesiredReplicas: no stabilize", {{1, 2}, {2, 1}}, 9, 3, 5min, 3, {}},
      // 9 was in force until now.
      {"TestNormalizeDesiredReplicas: no stabilize - old recommendations",
       {{10, 10}, {9, 9}},
       20,
       3,
       5min,
       3,
       9},
      // 9 was in force until two minutes ago.
      {"TestNormalizeDesiredReplicas: stabilize - old recommendations",
       {{10, 10}, {9, 9}, {5, 2}, {4, 1}},
       20,
       3,
       5min,
       5,
       9},
      {"the same, but replaced outside of the window",
       {{10, 10}, {9, 9}, {4, 6}, {5, 2}, {4, 1}},
       20,
       3,
       5min,
       5,
       {}},
      {"TestNormalizeDesiredReplicasWithBehavior: empty recommendations for scaling down",
       {},
       100,
       5,
       0min,
       5,
       {}},
      {"TestNormalizeDesiredReplicasWithBehavior: simple scale down stabilization",
       {{4, 2}, {5, 1}},
       100,
       3,
       3min,
       5,
       {}},
      {"TestNormalizeDesiredReplicasWithBehavior: simple scale up stabilization",
       {{4, 2}, {5, 1}},
       1,
       7,
       5min,
       4,
       {}},
      {"TestNormalizeDesiredReplicasWithBehavior: no scale down stabilization",
       {{1, 2}, {2, 1}},
       100,
       3,
       0min,
       3,
       {}},
      {"TestNormalizeDesiredReplicasWithBehavior: no scale up stabilization",
       {{4, 2}, {5, 1}},
       1,
       3,
       0min,
       3,
       {}},
      {"TestNormalizeDesiredReplicasWithBehavior: no scale down stabilization, reuse "
       "recommendation element",
       {{10, 10}, {9, 9}},
       100,
       3,
       0min,
       3,
       {}},
      {"TestNormalizeDesiredReplicasWithBehavior: no scale up stabilization, reuse recommendation "
       "element",
       {{10, 10}, {9, 9}},
       1,
       100,
       0min,
       100,
       {}},
      // 9 was in force until two minutes ago.
      {"TestNormalizeDesiredReplicasWithBehavior: scale down stabilization, reuse one of obsolete "
       "recommendation element",
       {{10, 10}, {9, 9}, {5, 2}, {4, 1}},
       100,
       3,
       3min,
       5,
       9},
      {"TestNormalizeDesiredReplicasWithBehavior: scale up stabilization, reuse one of obsolete "
       "recommendation element",
       {{10, 100}, {9, 3}, {5, 2}, {6, 1}},
       1,
       100,
       5min,
       5,
       {}},
      {"TestStabilizeDownscale", {{10, 10}, {4, 1}}, 4, 2, 5min, 4, {}},
      // There the highest of a window could scale up while going in; here an in decision never
      // raises.
      {"a window that was higher than the count", {{10, 3}, {2, 2}}, 4, 2, 5min, 10, 4},
  };
  const Moment now{1'000'000s};
  for (const auto& row : rows) {
    std::vector<Recommendation> recommendations;
    for (const auto& [replicas, ago] : row.past) {
      recommendations.push_back({now - std::chrono::minutes{ago}, replicas});
    }
    recommendations.push_back({now, row.wanted});
    const auto allowed = stabilize(recommendations, row.wanted, row.current, row.window, now);
    EXPECT_EQ(allowed.replicas, row.ours.value_or(row.upstream)) << row.name;
    if (allowed.replicas != row.wanted) {
      ASSERT_TRUE(allowed.next_at) << row.name;
      const auto later =
          stabilize(recommendations, row.wanted, row.current, row.window, now + row.window);
      EXPECT_EQ(later.replicas, row.wanted) << row.name << ", a window later";
    }
  }
}

// TestScaleDownStabilizeInitialSize: the window starts with the count there is.
TEST(HpaWindow, StartsWithTheCurrentCount) {
  World world{5};
  auto& rule = world.rule("idle", Action::scale_in, Set{3});
  rule.scale_in.stabilization = 300s;
  world.fire("idle");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  EXPECT_EQ(world.target.replicas, 5);
  ASSERT_TRUE(world.last.wake_at);
  EXPECT_EQ(*world.last.wake_at, world.now + 300s);
  EXPECT_EQ(world.settle_after(299s), Reason::stabilizing);
  EXPECT_EQ(world.settle_after(1s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(Window, OutIsTheLowestOfItsWindow) {
  World world{2};
  auto& rule = world.rule("queue", Action::scale_out, PerReplica{10});
  rule.scale_out.stabilization = 60s;
  world.fire("queue", "a", 80.0);
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  world.now += 20s;  // with the 10 s that a notification takes
  world.fire("queue", "a", 50.0);
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  world.now += 20s;
  world.fire("queue", "a", 90.0);
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 5) << "of 8, 5 and 9; the count at the beginning has left";
  EXPECT_EQ(world.settle_after(60s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 9);
}

}  // namespace
}  // namespace scalehook::scaling
