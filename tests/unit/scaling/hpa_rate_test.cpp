// Rates (rule 18), as a HorizontalPodAutoscaler's `behavior` means them: the numbers of Kubernetes
// v1.20.2, pkg/controller/podautoscaler/horizontal_test.go (Apache-2.0), by the names they have
// there.
#include <gtest/gtest.h>

#include "core/scaling/rate.hpp"
#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

// generateScalingRules: a policy of so many pods, one of so many percent, or both; the greater.
struct Rates {
  std::int64_t pods = 0;
  int pods_period = 0;
  double percent = 0;
  int percent_period = 0;
};

std::vector<Rate> policies(const Rates& rates) {
  std::vector<Rate> made;
  if (rates.pods != 0) made.push_back({rates.pods, std::nullopt, seconds{rates.pods_period}});
  if (rates.percent != 0) {
    made.push_back({std::nullopt, rates.percent, seconds{rates.percent_period}});
  }
  return made;
}

// generateEventsUniformDistribution: each in the middle of its part of the last 120 seconds.
std::vector<Change> spread(const std::vector<std::int64_t>& replicas, bool out, Moment now) {
  std::vector<Change> changes;
  const double part = 120.0 / static_cast<double>(replicas.size());
  for (std::size_t index = 0; index < replicas.size(); ++index) {
    const double ago = 120.0 - part * static_cast<double>(index + 1) + part / 2;
    changes.push_back(
        {now - seconds{static_cast<int>(ago)}, out ? replicas[index] : -replicas[index]});
  }
  return changes;
}

// TestScalingWithRules. Left out on purpose: "maxReplicas is the limit because maxReplicas <
// scaleUpLimit" (20 replicas, max 10: 10 there), for an out decision never lowers the count here.
// "with default behavior" has there what is written out here; our own default is no limit.
TEST(HpaRate, ScalingWithRules) {
  struct Row {
    const char* name;
    std::int64_t current, desired, min, max, expected;
    Rates rates;
    std::vector<std::int64_t> events;
  };
  const Row rows[] = {
      {"prenormalized desired replicas within range", 5, 7, 3, 8, 7, {}, {}},
      {"prenormalized desired replicas < minReplicas", 3, 1, 2, 8, 2, {}, {}},
      {"prenormalized desired replicas within range when minReplicas is 0", 1, 0, 0, 10, 0, {}, {}},
      {"desired replica count is more than the maximum replica count",
       100,
       1000,
       100,
       150,
       150,
       {},
       {}},
      {"scaleUpLimit is the limit because scaleUpLimit < maxReplicas with user policies",
       3,
       1000,
       1,
       2000,
       4,
       {0, 0, 1, 60},
       {}},
      {"scaleDownLimit is the limit because scaleDownLimit > minReplicas with user defined "
       "policies",
       1000,
       3,
       3,
       2000,
       980,
       {20, 60, 0, 0},
       {}},
      {"scaleUp with default behavior", 10, 50, 1, 1000, 20, {4, 15, 100, 15}, {}},
      {"scaleUp with pods policy larger than percent policy",
       10,
       500,
       1,
       1000,
       110,
       {100, 60, 100, 60},
       {}},
      {"scaleUp with percent policy larger than pods policy",
       10,
       500,
       1,
       1000,
       20,
       {2, 60, 100, 60},
       {}},
      {"scaleUp with spec MaxReplicas limitation with large pod policy",
       10,
       50,
       1,
       1000,
       50,
       {100, 60, 0, 0},
       {}},
      {"scaleUp with spec MaxReplicas limitation with large percent policy",
       10,
       50,
       1,
       1000,
       50,
       {10000, 60, 0, 0},
       {}},
      {"scaleUp with pod policy limitation", 10, 50, 1, 1000, 40, {30, 60, 0, 0}, {}},
      {"scaleUp with percent policy limitation", 10, 50, 1, 1000, 30, {0, 0, 200, 60}, {}},
      {"scaleDown with percent policy larger than pod policy",
       100,
       2,
       1,
       1000,
       80,
       {20, 60, 1, 60},
       {}},
      {"scaleDown with pod policy larger than percent policy",
       100,
       2,
       1,
       1000,
       98,
       {2, 60, 1, 60},
       {}},
      {"scaleDown with spec MinReplicas=nil limitation with large pod policy",
       10,
       0,
       1,
       1000,
       1,
       {100, 60, 0, 0},
       {}},
      {"scaleDown with spec MinReplicas limitation with large percent policy",
       10,
       2,
       5,
       1000,
       5,
       {0, 0, 100, 60},
       {}},
      {"scaleDown with pod policy limitation", 10, 2, 1, 1000, 5, {5, 60, 0, 0}, {}},
      {"scaleDown with percent policy limitation", 10, 5, 1, 1000, 5, {0, 0, 50, 60}, {}},
      {"scaleUp with spec MaxReplicas limitation with large pod policy and events",
       100,
       500,
       1,
       200,
       200,
       {300, 60, 0, 0},
       {1, 5, 9}},
      {"scaleUp with spec MaxReplicas limitation with large percent policy and events",
       100,
       500,
       1,
       200,
       200,
       {0, 0, 10000, 60},
       {1, 5, 9}},
      {"scaleUp with currentReplicas limitation with rate.PeriodSeconds with a lot of recent scale "
       "up events",
       100,
       500,
       1,
       1000,
       100,
       {5, 120, 0, 0},
       {1, 5, 9}},
      {"scaleUp with pod policy and previous scale up events",
       100,
       500,
       1,
       1000,
       235,
       {150, 120, 0, 0},
       {1, 5, 9}},
      {"scaleUp with percent policy and previous scale up events",
       100,
       500,
       1,
       1000,
       255,
       {0, 0, 200, 120},
       {1, 5, 9}},
      {"scaleDown with default policy and previous events",
       10,
       5,
       1,
       1000,
       5,
       {0, 0, 100, 15},
       {1, 5, 9}},
      {"scaleDown with spec MinReplicas=nil limitation with large pod policy and previous events",
       100,
       0,
       1,
       1000,
       1,
       {115, 120, 0, 0},
       {1, 5, 9}},
      {"scaleDown with spec MinReplicas limitation with large pod policy and previous events",
       100,
       0,
       5,
       1000,
       5,
       {130, 120, 0, 0},
       {1, 5, 9}},
      {"scaleDown with spec MinReplicas limitation with large percent policy and previous events",
       100,
       2,
       5,
       1000,
       5,
       {0, 0, 100, 120},
       {1, 5, 9}},
      {"scaleDown with pod policy limitation and previous events",
       100,
       2,
       1,
       1000,
       100,
       {5, 120, 0, 0},
       {1, 5, 9}},
      {"scaleDown with percent policy limitation and previous events",
       100,
       0,
       1,
       1000,
       56,
       {0, 0, 50, 120},
       {2, 4, 6}},
      {"scaleDown with previous events preventing further scale down",
       100,
       0,
       1,
       1000,
       100,
       {0, 0, 10, 120},
       {10, 10, 10}},
      {"scaleDown with with previous events still allowing more scale down",
       10,
       5,
       1,
       1000,
       5,
       {0, 0, 1000, 120},
       {10, 10, 10}},
      {"check 'outdated' flag for events for one behavior for up",
       100,
       200,
       1,
       1000,
       200,
       {1000, 60, 0, 0},
       {8, 12, 9, 11}},
      {"check that events were not marked 'outdated' for two different policies in the behavior "
       "for up",
       100,
       200,
       1,
       1000,
       200,
       {1000, 120, 100, 60},
       {8, 12, 9, 11}},
      {"check that events were marked 'outdated' for two different policies in the behavior for up",
       100,
       200,
       1,
       1000,
       200,
       {1000, 30, 100, 60},
       {8, 12, 9, 11}},
      {"check 'outdated' flag for events for one behavior for down",
       100,
       5,
       1,
       1000,
       5,
       {1000, 60, 0, 0},
       {8, 12, 9, 11}},
      {"check that events were not marked 'outdated' for two different policies in the behavior "
       "for down",
       100,
       5,
       1,
       1000,
       5,
       {1000, 120, 100, 60},
       {8, 12, 9, 11}},
      {"check that events were marked 'outdated' for two different policies in the behavior for "
       "down",
       100,
       5,
       1,
       1000,
       5,
       {1000, 30, 100, 60},
       {8, 12, 9, 11}},
  };
  for (const auto& row : rows) {
    const bool out = row.desired > row.current;
    World world{row.current};
    auto& rule = world.rule("r", out ? Action::scale_out : Action::scale_in, Set{row.desired});
    rule.limits = {row.min, row.max};
    rule.to_zero = row.min == 0;
    (out ? rule.scale_out : rule.scale_in).policies = policies(row.rates);
    world.fire("r");
    world.memory.changes = spread(row.events, out, world.now);
    world.settle();
    EXPECT_EQ(world.target.replicas, row.expected) << row.name;
  }
}

// TestCalculateScaleUpLimitWithScalingRules, TestCalculateScaleDownLimitWithBehaviors: `min`; and
// the same under the other choices.
TEST(HpaRate, Select) {
  struct Row {
    const char* name;
    Select select;
    bool out;
    std::int64_t current, expected;
  };
  const Row rows[] = {
      {"TestCalculateScaleUpLimitWithScalingRules", Select::min, true, 1, 2},
      {"TestCalculateScaleDownLimitWithBehaviors", Select::min, false, 5, 3},
      {"the greater change up", Select::max, true, 1, 3},
      {"the greater change down", Select::max, false, 5, 2},
      {"none up", Select::disabled, true, 1, 1},
      {"none down", Select::disabled, false, 5, 5},
  };
  for (const auto& row : rows) {
    const Direction direction{0s, policies({2, 60, 50, 60}), row.select};
    const auto allowed =
        row.out ? most(direction, row.current, {}, {}) : fewest(direction, row.current, {}, {});
    EXPECT_EQ(allowed.replicas, row.expected) << row.name;
    EXPECT_EQ(allowed.next_at.has_value(), row.select != Select::disabled) << row.name;
  }
}

// TestStoreScaleEvents: what counts of the past, over 60 seconds. How events are stored there, and
// that none are without a behavior, has no counterpart here.
TEST(HpaRate, ReplicasChangePerPeriod) {
  struct Row {
    const char* name;
    std::vector<std::pair<std::int64_t, int>> past;  // replicas, and seconds ago
    std::int64_t expected;
  };
  const Row rows[] = {
      {"empty entries with two-policy-behavior", {}, 0},
      {"one outdated entry to be replaced with behavior", {{7, 61}}, 0},
      {"one actual entry to be not touched with behavior", {{7, 58}}, 7},
      {"two entries, one of them to be replaced", {{7, 61}, {6, 59}}, 6},
      {"replace one entry, use policies with different periods",
       {{9, 61}, {7, 61}, {6, 59}, {8, 29}},
       14},
      {"two entries, both actual", {{6, 59}, {7, 58}}, 13},
      {"just gone by", {{7, 60}}, 0},
  };
  const Moment now{1'000'000s};
  for (const auto& row : rows) {
    for (const bool out : {true, false}) {
      std::vector<Change> changes;
      for (const auto& [replicas, ago] : row.past) {
        changes.push_back({now - seconds{ago}, out ? replicas : -replicas});
        changes.push_back({now, out ? -5 : 5});  // of the other direction
      }
      const Direction direction{0s, policies({20, 60, 0, 0}), Select::max};
      const auto allowed =
          out ? most(direction, 100, changes, now) : fewest(direction, 100, changes, now);
      EXPECT_EQ(allowed.replicas, out ? 120 - row.expected : 80 + row.expected) << row.name;
    }
  }
}

// Rule 18 beyond Kubernetes, which asks again every 15 seconds: we wake when there is more to have.
TEST(Rate, WakesWhenAFurtherOneIsAllowed) {
  World world{2};
  auto& rule = world.rule("busy", Action::scale_out, Set{8});
  rule.scale_out.policies = policies({2, 60, 0, 0});
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 4) << "as much as is allowed";
  ASSERT_TRUE(world.last.wake_at);
  EXPECT_EQ(*world.last.wake_at, world.now + 60s);
  EXPECT_EQ(world.settle_after(59s), Reason::rate_limited);
  ASSERT_TRUE(world.last.wake_at);
  EXPECT_EQ(*world.last.wake_at, world.now + 1s);
  EXPECT_EQ(world.settle_after(1s), Reason::applied);
  world.settle_after(60s);
  EXPECT_EQ(world.settle_after(1h), Reason::no_change);
  EXPECT_EQ(world.written, (std::vector<std::int64_t>{4, 6, 8}));
}

TEST(HpaRate, AbsurdPercentStaysANumber) {
  Direction direction;
  direction.policies = {{.pods = {}, .percent = 1e30, .period = 60s}};
  EXPECT_GT(most(direction, 3, {}, Moment{1000s}).replicas, 3);
  EXPECT_EQ(fewest(direction, 3, {}, Moment{1000s}).replicas, 0);
}

}  // namespace
}  // namespace scalehook::scaling
