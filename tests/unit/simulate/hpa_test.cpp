#include "core/simulate/hpa.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

// Cases of Kubernetes' replica_calculator_test.go, with numbers of our own.
TEST(PodsMetric, AsksForAsManyReplicasAsHaveTheTargetEach) {
  const struct {
    const char* what;
    std::int64_t current;
    std::vector<std::int64_t> values;
    std::int64_t missing, target, expected;
  } rows[] = {
      {"more", 3, {12000, 24000, 36000}, 0, 18000, 4},
      {"fewer", 5, {9000, 9000, 9000, 9000, 9000}, 0, 15000, 3},
      {"none for nothing", 3, {0, 0, 0}, 0, 1000, 0},
      {"within the tolerance", 3, {19000, 20000, 21000}, 0, 19000, 3},
      {"just at the lower edge", 10, std::vector<std::int64_t>(10, 9000), 0, 10000, 10},
      {"at the upper edge, which a double puts outside", 10, std::vector<std::int64_t>(10, 11000),
       0, 10000, 11},
      {"the mean is cut to thousandths", 3, {1000, 1000, 1002}, 0, 910, 3},
      {"a whole number stays one", 4, {1500, 1500, 1500, 1500}, 0, 1000, 6},
      {"one that a double puts above it makes one more", 11, std::vector<std::int64_t>(11, 75000),
       0, 33000, 26},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(pods_metric_replicas(row.current, row.values, row.missing, row.target), row.expected)
        << row.what;
  }
}

TEST(PodsMetric, PodsWithoutAValueMakeTheChangeSmaller) {
  const struct {
    const char* what;
    std::int64_t current;
    std::vector<std::int64_t> values;
    std::int64_t missing, target, expected;
  } rows[] = {
      {"idle on the way out", 4, {300, 300}, 2, 100, 6},
      {"which may be enough as it is", 4, {210, 210}, 2, 100, 4},
      {"and never turns it", 4, {150, 150}, 2, 100, 4},
      {"at target on the way in", 4, {40, 40, 40}, 1, 100, 3},
      {"which may be too little to go in", 10, {60, 60}, 8, 100, 10},
      {"with values just at the target they count as idle", 4, {100, 100}, 2, 100, 2},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(pods_metric_replicas(row.current, row.values, row.missing, row.target), row.expected)
        << row.what;
  }
}

TEST(PodsMetric, WithoutAnyValueThereIsNoAnswer) {
  EXPECT_EQ(pods_metric_replicas(4, {}, 4, 100), std::nullopt);
}

TEST(ExternalMetric, DividesTheTotal) {
  const struct {
    const char* what;
    std::int64_t current, total, target, expected;
  } rows[] = {
      {"more", 3, 9000, 2250, 4},
      {"fewer", 5, 8000, 2700, 3},
      {"within the tolerance", 3, 8600, 2900, 3},
      {"none for nothing", 3, 0, 100, 0},
      {"a started one is a whole one", 1, 2001, 1000, 3},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(external_metric_replicas(row.current, row.total, row.target), row.expected)
        << row.what;
  }
}

// An autoscaler with its workload, all of which is ready at once.
class Synced {
 public:
  Synced(std::int64_t replicas, HpaOptions options) : replicas_{replicas}, hpa_{options} {}

  // The count after the next sync.
  std::int64_t sync(double value) {
    now_ += 15s;
    return replicas_ = hpa_.sync(now_, replicas_, replicas_, value);
  }
  // The count after so many of them.
  std::int64_t sync(double value, int times) {
    for (int sync = 0; sync < times; ++sync) this->sync(value);
    return replicas_;
  }
  void set(std::int64_t replicas) { replicas_ = replicas; }

 private:
  std::int64_t replicas_;
  Time now_{};
  Hpa hpa_;
};

HpaOptions per_replica(double target, std::int64_t min, std::int64_t max) {
  HpaOptions options;
  options.target = target;
  options.min = min;
  options.max = max;
  return options;
}

HpaOptions total(double target, std::int64_t min, std::int64_t max) {
  auto options = per_replica(target, min, max);
  options.source = HpaOptions::Source::external;
  options.metric = &Measures::load;
  return options;
}

TEST(Hpa, GoesOutByFourPodsOrTwiceTheCountAtEachSync) {
  Synced small{1, total(10, 1, 100)};
  EXPECT_EQ(small.sync(1000), 5);
  EXPECT_EQ(small.sync(1000), 10);
  EXPECT_EQ(small.sync(1000), 20);
  EXPECT_EQ(small.sync(1000), 40);
  EXPECT_EQ(small.sync(1000), 80);
  EXPECT_EQ(small.sync(1000), 100);
  Synced bounded{7, total(10, 1, 9)};
  EXPECT_EQ(bounded.sync(1000), 9);
}

TEST(Hpa, WhatWasAddedWithinThePeriodCounts) {
  Hpa hpa{total(10, 1, 100)};
  const Time start{1h};
  EXPECT_EQ(hpa.sync(start, 10, 10, 150), 15);
  EXPECT_EQ(hpa.sync(start + 5s, 15, 15, 180), 18);
  // 10 at the period's start: 20 is all there may be, of which 18 are there.
  EXPECT_EQ(hpa.sync(start + 10s, 18, 18, 1000), 20);
  EXPECT_EQ(hpa.sync(start + 14s, 20, 20, 1000), 20);
  // The first five are as old as the period now, and do not count.
  EXPECT_EQ(hpa.sync(start + 15s, 20, 20, 1000), 30);
}

TEST(Hpa, WhatWasTakenAwayDoesNotLimitTheWayOut) {
  Hpa hpa{total(10, 1, 100)};
  const Time start{1h};
  EXPECT_EQ(hpa.sync(start, 10, 10, 200), 20);
  EXPECT_EQ(hpa.sync(start + 5s, 8, 8, 200), 8);  // somebody else set 8: 10 were added, so no more
  EXPECT_EQ(hpa.sync(start + 15s, 8, 8, 200), 16);
}

TEST(Hpa, GoesInToTheHighestOfFiveMinutes) {
  Synced synced{10, total(10, 1, 100)};
  EXPECT_EQ(synced.sync(100), 10);
  EXPECT_EQ(synced.sync(80), 10);
  EXPECT_EQ(synced.sync(50, 18), 10);
  EXPECT_EQ(synced.sync(50), 8);  // the recommendation of 10 is 300 s old
  EXPECT_EQ(synced.sync(50), 5);
}

TEST(Hpa, TheCountAtTheFirstSyncIsARecommendation) {
  Synced synced{10, total(10, 1, 100)};
  EXPECT_EQ(synced.sync(20, 20), 10);
  EXPECT_EQ(synced.sync(20), 2);
}

TEST(Hpa, ARecentRecommendationAboveTheCountIsGoneTo) {
  Synced synced{8, total(10, 1, 100)};
  EXPECT_EQ(synced.sync(200), 16);  // wanted 20
  EXPECT_EQ(synced.sync(140), 20);  // wants 14, which is less than 16
  EXPECT_EQ(synced.sync(140), 20);
}

TEST(Hpa, NeverGoesBelowItsMinimum) {
  Synced synced{10, total(10, 3, 100)};
  EXPECT_EQ(synced.sync(0, 20), 10);
  EXPECT_EQ(synced.sync(0), 3);
}

TEST(Hpa, ACountOutsideItsLimitsGoesThereAtOnce) {
  Synced synced{30, total(10, 2, 20)};
  EXPECT_EQ(synced.sync(100), 20);
  synced.set(1);
  EXPECT_EQ(synced.sync(no_value), 2);
}

TEST(Hpa, ACountOfZeroIsSwitchedOff) {
  Synced synced{0, total(10, 2, 20)};
  EXPECT_EQ(synced.sync(500), 0);
  synced.set(2);
  EXPECT_EQ(synced.sync(500), 6);
}

TEST(Hpa, WithoutAMetricNothingIsChangedOrRecommended) {
  Synced synced{10, total(10, 1, 100)};
  EXPECT_EQ(synced.sync(50), 10);
  EXPECT_EQ(synced.sync(no_value, 30), 10);
  EXPECT_EQ(synced.sync(50), 5);  // what was recommended long ago is forgotten
}

TEST(Hpa, AnUnreadyReplicaCountsAsOneWithoutAValue) {
  Hpa hpa{per_replica(100, 1, 100)};
  EXPECT_EQ(hpa.sync(Time{15s}, 4, 2, 300), 6);
  EXPECT_EQ(hpa.sync(Time{30s}, 6, 2, 150), 6);
  EXPECT_EQ(hpa.sync(Time{45s}, 6, 0, 500), 6);
}

TEST(Hpa, AnInfiniteValueIsAsMuchAsThereCanBe) {
  Hpa hpa{per_replica(100, 1, 30)};
  EXPECT_EQ(hpa.sync(Time{15s}, 20, 20, std::numeric_limits<double>::infinity()), 30);
}

TEST(Hpa, ATargetIsExactToAThousandth) {
  Synced synced{1, per_replica(0.0024, 1, 10)};
  EXPECT_EQ(synced.sync(0.0042), 2);  // 4 thousandths over 2
}

}  // namespace
}  // namespace scalehook::simulate
