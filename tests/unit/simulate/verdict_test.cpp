#include "core/simulate/verdict.hpp"

#include <gtest/gtest.h>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

// Ticks one after the other, from 0 s on.
class Seen {
 public:
  explicit Seen(std::chrono::seconds from = 0s) : judge{Time{from}} {}

  void look(double load, double unserved, std::int64_t replicas) {
    Tick tick;
    tick.at = now_;
    tick.load = load;
    tick.unserved = unserved;
    tick.is_short = unserved > 0;
    judge.look(tick, replicas);
    now_ += tick_length;
  }

  Judge judge;

 private:
  Time now_{};
};

TEST(Judge, CountsWhatWasShortAndWhatItTook) {
  Seen seen;
  for (const double unserved : {0.0, 50.0, 25.0, 0.0, 0.0, 25.0}) seen.look(200, unserved, 3);
  seen.look(0, 0, 4);
  seen.look(0, 0, 4);
  const auto verdict = seen.judge.verdict();
  EXPECT_DOUBLE_EQ(verdict.violation_minutes, 0.75);
  EXPECT_DOUBLE_EQ(verdict.unserved_share, 100.0 / 1200);
  EXPECT_DOUBLE_EQ(verdict.replica_minutes, (6 * 3 + 2 * 4) / 4.0);
  EXPECT_DOUBLE_EQ(verdict.reaction_seconds.mean, 22.5);
  EXPECT_DOUBLE_EQ(verdict.reaction_seconds.max, 30);
}

TEST(Judge, AShortageThatLastsCountsUntilNow) {
  Seen seen;
  for (int tick = 0; tick < 4; ++tick) seen.look(100, 10, 1);
  EXPECT_DOUBLE_EQ(seen.judge.verdict().reaction_seconds.max, 60);
  seen.look(100, 10, 1);
  EXPECT_DOUBLE_EQ(seen.judge.verdict().reaction_seconds.max, 75);
}

TEST(Judge, WithoutAnythingAllIsZero) {
  const auto verdict = Seen{}.judge.verdict();
  EXPECT_DOUBLE_EQ(verdict.violation_minutes, 0);
  EXPECT_DOUBLE_EQ(verdict.unserved_share, 0);
  EXPECT_DOUBLE_EQ(verdict.replica_minutes, 0);
  EXPECT_EQ(verdict.changes, 0);
  EXPECT_EQ(verdict.flaps, 0);
  EXPECT_DOUBLE_EQ(verdict.reaction_seconds.mean, 0);
  EXPECT_DOUBLE_EQ(verdict.reaction_seconds.max, 0);
}

TEST(Judge, AChangeThatIsUndoneWithinAQuarterOfAnHourIsAFlap) {
  Judge judge{Time{}};
  judge.change(Time{0min}, 2, 5);
  judge.change(Time{5min}, 5, 8);   // the same way
  judge.change(Time{20min}, 8, 7);  // undone after just 15 min
  judge.change(Time{25min}, 7, 7);  // none
  judge.change(Time{36min}, 7, 9);  // undone, but 16 min later
  judge.change(Time{37min}, 9, 2);  // undone
  judge.change(Time{38min}, 2, 9);  // and that, too
  const auto verdict = judge.verdict();
  EXPECT_EQ(verdict.changes, 6);
  EXPECT_EQ(verdict.flaps, 3);
}

TEST(Judge, WhatIsBeforeDoesNotCount) {
  Seen seen{30s};
  seen.judge.change(Time{20s}, 1, 3);
  for (int tick = 0; tick < 4; ++tick) seen.look(100, 50, 3);
  seen.judge.change(Time{60s}, 3, 2);
  const auto verdict = seen.judge.verdict();
  EXPECT_DOUBLE_EQ(verdict.violation_minutes, 0.5);
  EXPECT_DOUBLE_EQ(verdict.replica_minutes, 1.5);
  EXPECT_DOUBLE_EQ(verdict.unserved_share, 0.5);
  EXPECT_DOUBLE_EQ(verdict.reaction_seconds.max, 30);
  EXPECT_EQ(verdict.changes, 1);
  EXPECT_EQ(verdict.flaps, 0);
}

Replay replay(const std::string& csv, const PlantOptions& plant, const HpaOptions& hpa,
              std::chrono::seconds from = 0s) {
  const auto load = Load::read(csv, "load.csv");
  EXPECT_TRUE(load);
  return judge_hpa(*load, plant, hpa, Time{from});
}

std::vector<std::pair<std::int64_t, std::int64_t>> changes_of(const Replay& replay) {
  std::vector<std::pair<std::int64_t, std::int64_t>> changes;
  for (const auto& change : replay.changes) {
    const auto since =
        std::chrono::duration_cast<std::chrono::seconds>(change.at.time_since_epoch());
    changes.emplace_back(since.count(), change.replicas);
  }
  return changes;
}

TEST(JudgeHpa, ServesAStepOnceItsReplicasAreReady) {
  HpaOptions hpa;
  hpa.min = 2;
  hpa.max = 40;
  // 100, and 700 from 120 s on.
  const auto replayed = replay("0,100\n105,100\n120,700\n600,700\n", {}, hpa);
  // The metric is a minute's mean: 250, 400, 550 and 700 over two replicas, of 70 each. Those that
  // start count as idle; with 6 of them the first mean asks for 4, the second for 6.
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected{
      {0, 2}, {120, 4}, {135, 6}, {150, 8}, {165, 10}};
  EXPECT_EQ(changes_of(replayed), expected);
  // Ready at 180, 195, 210 and 225 s: 400, 600, 800 are served.
  EXPECT_DOUBLE_EQ(replayed.verdict.reaction_seconds.max, 90);
  EXPECT_DOUBLE_EQ(replayed.verdict.violation_minutes, 1.5);
  EXPECT_EQ(replayed.verdict.changes, 4);
  EXPECT_DOUBLE_EQ(replayed.verdict.unserved_share,
                   (4 * 500 + 300 + 100) / (8 * 100.0 + 33 * 700.0));
}

TEST(JudgeHpa, CountsFromWhenItIsTold) {
  HpaOptions hpa;
  hpa.min = 2;
  hpa.max = 40;
  const auto replayed = replay("0,100\n105,100\n120,700\n600,700\n", {}, hpa, 195s);
  EXPECT_DOUBLE_EQ(replayed.verdict.violation_minutes, 0.25);
  EXPECT_EQ(replayed.verdict.changes, 0);
  EXPECT_EQ(replayed.changes.size(), 5U);  // all of them, for a plot
}

TEST(JudgeHpa, SeesWhatTheLagLetsItSee) {
  HpaOptions hpa;
  hpa.min = 2;
  hpa.max = 40;
  const auto replayed = replay("0,100\n105,100\n120,700\n600,700\n", {.lag = 30s}, hpa);
  ASSERT_GE(replayed.changes.size(), 2U);
  EXPECT_EQ(replayed.changes[1].at, Time{150s});
}

TEST(JudgeHpa, ChangesNothingWhileScrapesAreLost) {
  HpaOptions hpa;
  hpa.min = 2;
  hpa.max = 40;
  const auto replayed = replay("0,100\n15,700\n30,\n45,\n60,\n75,700\n90,700\n", {}, hpa);
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected{{0, 2}, {15, 6}, {75, 10}};
  EXPECT_EQ(changes_of(replayed), expected);
}

TEST(JudgeHpa, FollowsWhicheverMeasureItIsTold) {
  const std::string csv = "0,100\n15,600\n900,600\n";
  HpaOptions hpa;
  hpa.min = 2;
  hpa.max = 40;
  hpa.metric = &Measures::load;
  hpa.source = HpaOptions::Source::external;
  EXPECT_EQ(replay(csv, {}, hpa).changes.back().replicas, 9);  // 600 / 70
  hpa.metric = &Measures::backlog;
  hpa.target = 1000;
  // One replica for each 10 s of work that waits; without any it stays at its minimum.
  EXPECT_EQ(replay(csv, {}, hpa).changes.size(), 1U);
  EXPECT_GT(replay(csv, {.waits = true}, hpa).changes.size(), 1U);
}

}  // namespace
}  // namespace scalehook::simulate
