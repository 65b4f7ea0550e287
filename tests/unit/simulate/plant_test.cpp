#include "core/simulate/plant.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

Time at(std::chrono::seconds seconds) { return Time{seconds}; }

Load load_of(const std::string& text) { return *Load::read(text, "load.csv"); }

TEST(Plant, NewReplicasAreReadyAfterTheirStartup) {
  const auto load = load_of("0,100\n600,100\n");
  Plant plant{load, {.startup = 60s, .replicas = 2}};
  EXPECT_EQ(plant.replicas(), 2);
  EXPECT_EQ(plant.ready(at(0s)), 2);
  plant.set(5, at(15s));
  EXPECT_EQ(plant.replicas(), 5);
  EXPECT_EQ(plant.ready(at(74s)), 2);
  EXPECT_EQ(plant.ready(at(75s)), 5);
}

TEST(Plant, ThoseThatAreNotReadyGoFirst) {
  const auto load = load_of("0,100\n600,100\n");
  Plant plant{load, {.startup = 60s, .replicas = 3}};
  plant.set(5, at(0s));
  plant.set(6, at(30s));
  plant.set(4, at(45s));  // one of the first two is left
  EXPECT_EQ(plant.ready(at(45s)), 3);
  EXPECT_EQ(plant.ready(at(60s)), 4);
  plant.set(2, at(60s));
  EXPECT_EQ(plant.ready(at(60s)), 2);
  plant.set(-1, at(75s));
  EXPECT_EQ(plant.replicas(), 0);
}

TEST(Plant, MeasuresWhatIsReady) {
  const auto load = load_of("0,90\n15,150\n600,150\n");
  Plant plant{load, {.capacity = 50, .startup = 15s, .replicas = 2}};
  const Measures first = plant.advance(at(0s)).measures;
  EXPECT_DOUBLE_EQ(first.load, 90);
  EXPECT_DOUBLE_EQ(first.load_per_replica, 45);
  EXPECT_DOUBLE_EQ(first.utilization, 90);
  plant.set(3, at(0s));
  const Measures second = plant.advance(at(15s)).measures;  // all three are ready
  EXPECT_DOUBLE_EQ(second.load, 120);
  EXPECT_DOUBLE_EQ(second.load_per_replica, 40);
  EXPECT_DOUBLE_EQ(second.utilization, 80);
}

TEST(Plant, WhatCannotBeServedIsLost) {
  const auto load = load_of("0,200\n15,260\n30,100\n45,100\n");
  Plant plant{load, {.capacity = 100, .replicas = 2}};
  EXPECT_FALSE(plant.advance(at(0s)).is_short);  // just as much as there is
  const Tick tick = plant.advance(at(15s));
  EXPECT_TRUE(tick.is_short);
  EXPECT_DOUBLE_EQ(tick.load, 260);
  EXPECT_DOUBLE_EQ(tick.served_at_most, 200);
  EXPECT_DOUBLE_EQ(tick.unserved, 60);
  EXPECT_DOUBLE_EQ(tick.wait_seconds, 0);
  EXPECT_DOUBLE_EQ(tick.measures.backlog, 0);
  EXPECT_DOUBLE_EQ(tick.measures.utilization, 115);  // of the minute's mean, not capped
  EXPECT_FALSE(plant.advance(at(30s)).is_short);
}

TEST(Plant, WhatWaitsIsServedLater) {
  const auto load = load_of("0,300\n15,300\n30,0\n45,0\n60,0\n");
  Plant plant{load, {.capacity = 100, .replicas = 1, .waits = true}};
  Tick tick = plant.advance(at(0s));
  EXPECT_DOUBLE_EQ(tick.measures.backlog, 200 * 15);
  EXPECT_DOUBLE_EQ(tick.wait_seconds, 30);
  EXPECT_TRUE(tick.is_short);
  EXPECT_DOUBLE_EQ(tick.unserved, 300);
  EXPECT_DOUBLE_EQ(tick.measures.utilization, 100);
  EXPECT_DOUBLE_EQ(tick.measures.latency_seconds, 0.2 / 0.02 + 30);
  plant.advance(at(15s));
  plant.set(6, at(15s));
  for (const auto time : {30s, 45s}) tick = plant.advance(at(time));
  EXPECT_DOUBLE_EQ(tick.measures.backlog, 6000 - 2 * 1500);
  EXPECT_DOUBLE_EQ(tick.unserved, 0);  // it waits, but nothing comes in
  EXPECT_TRUE(tick.is_short);
}

TEST(Plant, AShortWaitIsNoShortage) {
  const auto load = load_of("0,150\n60,150\n");
  Plant plant{load, {.capacity = 100, .replicas = 1, .waits = true}};
  const Tick first = plant.advance(at(0s));
  EXPECT_DOUBLE_EQ(first.wait_seconds, 7.5);
  EXPECT_FALSE(first.is_short);
  EXPECT_DOUBLE_EQ(first.unserved, 0);
  const Tick second = plant.advance(at(15s));
  EXPECT_DOUBLE_EQ(second.wait_seconds, 15);
  EXPECT_TRUE(second.is_short);
  EXPECT_DOUBLE_EQ(second.unserved, 150);
}

TEST(Plant, ItsUseWhileItWaitsIsTheMinutesMean) {
  const auto load = load_of("0,50\n15,50\n30,70\n45,100\n60,100\n");
  Plant plant{load, {.capacity = 100, .replicas = 1, .waits = true}};
  Measures measures;
  for (const auto time : {0s, 15s, 30s, 45s}) measures = plant.advance(at(time)).measures;
  EXPECT_DOUBLE_EQ(measures.utilization, (50 + 50 + 70 + 100) / 4.0);
  EXPECT_DOUBLE_EQ(measures.latency_seconds, 0.2 / 0.02);
  measures = plant.advance(at(60s)).measures;
  EXPECT_DOUBLE_EQ(measures.utilization, (50 + 70 + 100 + 100) / 4.0);
}

TEST(Plant, WithNothingToServeThereIsNoLatency) {
  const auto load = load_of("0,0\n60,0\n");
  Plant plant{load, {.waits = true}};
  const auto measures = plant.advance(at(0s)).measures;
  EXPECT_TRUE(std::isnan(measures.latency_seconds));
  EXPECT_DOUBLE_EQ(measures.utilization, 0);
}

TEST(Plant, WhatIsDownstreamLimitsIt) {
  const auto load = load_of("0,300\n60,300\n");
  Plant plant{load, {.capacity = 100, .replicas = 4, .limit = 250}};
  const Tick tick = plant.advance(at(0s));
  EXPECT_DOUBLE_EQ(tick.served_at_most, 250);
  EXPECT_DOUBLE_EQ(tick.unserved, 50);
  EXPECT_DOUBLE_EQ(tick.measures.utilization, 120);
  EXPECT_DOUBLE_EQ(tick.measures.load_per_replica, 75);
}

TEST(Plant, WithoutAnyReplicaAllIsShort) {
  const auto load = load_of("0,30\n60,30\n");
  Plant lost{load, {.capacity = 100, .replicas = 0}};
  const Tick first = lost.advance(at(0s));
  EXPECT_DOUBLE_EQ(first.unserved, 30);
  EXPECT_DOUBLE_EQ(first.measures.load_per_replica, 30);
  EXPECT_DOUBLE_EQ(first.measures.utilization, 30);
  Plant queue{load, {.capacity = 100, .replicas = 0, .waits = true}};
  const Tick second = queue.advance(at(0s));
  EXPECT_TRUE(second.is_short);
  EXPECT_TRUE(std::isinf(second.wait_seconds));
  EXPECT_DOUBLE_EQ(second.measures.utilization, 100);
  EXPECT_DOUBLE_EQ(second.measures.backlog, 450);
}

TEST(Plant, ALostScrapeShowsNothing) {
  const auto load = load_of("0,500\n15,\n30,500\n");
  Plant plant{load, {.replicas = 2}};
  plant.advance(at(0s));
  const Tick tick = plant.advance(at(15s));
  EXPECT_TRUE(std::isnan(tick.measures.load));
  EXPECT_TRUE(std::isnan(tick.measures.load_per_replica));
  EXPECT_TRUE(std::isnan(tick.measures.utilization));
  EXPECT_TRUE(std::isnan(tick.measures.backlog));
  EXPECT_TRUE(std::isnan(tick.measures.latency_seconds));
  EXPECT_TRUE(std::isnan(plant.visible().load));
  EXPECT_TRUE(tick.is_short);  // nevertheless
  EXPECT_DOUBLE_EQ(plant.advance(at(30s)).measures.load, 500);
}

TEST(Plant, WhatOthersSeeIsLate) {
  const auto load = load_of("0,0\n600,600\n");
  Plant prompt{load, {.replicas = 1}};
  Plant late{load, {.replicas = 1, .lag = 40s}};
  std::vector<double> seen;
  for (int tick = 0; tick < 6; ++tick) {
    const Time now = at(tick * tick_length);
    const double fresh = prompt.advance(now).measures.load;
    EXPECT_DOUBLE_EQ(prompt.visible().load, fresh);
    EXPECT_DOUBLE_EQ(late.advance(now).measures.load, fresh);
    seen.push_back(late.visible().load);
  }
  const std::vector<double> expected{0, 0, 0, 0, 7.5, 15};  // of the tick 45 s before
  EXPECT_EQ(seen, expected);
}

}  // namespace
}  // namespace scalehook::simulate
