// Rules 32, 33 and 54: a restore goes no further than the load allows, and back if it did.
#include "core/scaling/restore.hpp"

#include <gtest/gtest.h>

#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

// A workload whose measure Prometheus is asked for. The alert compares it with 80.
struct Measuring : World {
  using World::World;

  // The measure of now, as every trace that is left has it.
  void measure(double value, bool shared = true) {
    surroundings.evidence = value > 80 ? Evidence::load_there : Evidence::load_gone;
    if (!memory.obligation) return;
    for (auto& trace : memory.obligation->traces) {
      trace.measured = Measured{value, now, shared ? std::optional{80.0} : std::nullopt};
    }
  }
  // Time passes, and Prometheus is asked twice a minute.
  Reason settle_at(double value, std::chrono::nanoseconds after = 0s, bool shared = true) {
    target.ready = target.replicas;
    for (; after > 30s; after -= 30s) {
      now += 30s;
      measure(value, shared);
      settle();
    }
    now += after;
    measure(value, shared);
    return settle();
  }
  void scale_out_to(std::int64_t replicas) {
    for (fire("busy"); target.replicas < replicas; fire("busy")) {
      settle();
      now += 60s;
    }
  }
};

struct Stepping : Measuring {
  Stepping() : Measuring{2} {
    auto& behavior = rule("busy", Action::scale_out, Step{1});
    behavior.while_firing = 60s;
    behavior.limits.max = 20;
    behavior.scale_in.stabilization = 300s;
  }
};

TEST(Restore, StepsGoBackOneAtATimeTheLastFirst) {
  World world{2};
  auto& behavior = world.rule("busy", Action::scale_out, Percent{50});
  behavior.while_firing = 60s;
  behavior.scale_in.stabilization = 300s;
  for (const std::int64_t count : {3, 5, 8}) {
    world.fire("busy");
    EXPECT_EQ(world.settle_after(60s), Reason::applied);
    EXPECT_EQ(world.target.replicas, count);
  }
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  EXPECT_EQ(world.settle_after(300s - 1ns), Reason::stabilizing);
  for (const std::int64_t count : {5, 3, 2}) {
    EXPECT_EQ(world.settle_after(1ns), Reason::applied);
    EXPECT_EQ(world.target.replicas, count);
    if (count == 2) break;
    EXPECT_EQ(world.settle_after(300s - 1ns), Reason::stabilizing);
  }
  EXPECT_EQ(sentence(world.last),
            "alert \"busy\" is resolved; rule \"busy\" goes back to 2 replicas, the count before "
            "it fired");
  EXPECT_FALSE(world.memory.obligation);
}

TEST(Restore, ASharedMeasureSaysHowFar) {
  Stepping world;
  world.scale_out_to(11);
  world.resolve("busy");
  world.settle_at(58);
  EXPECT_EQ(world.settle_at(58, 299s), Reason::stabilizing);
  EXPECT_EQ(world.settle_at(58, 1s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 10);
  EXPECT_EQ(
      sentence(world.last),
      "alert \"busy\" is resolved; rule \"busy\" goes back to 10 replicas, not yet to 2: at 10 "
      "replicas the measure 58 would be 63.8 of 80");
  EXPECT_EQ(world.settle_at(63.8, 300s), Reason::load_remains);
  EXPECT_EQ(
      sentence(world.last),
      "alert \"busy\" is resolved; rule \"busy\" is to go back to 2 replicas, the count before "
      "it fired; but at 9 replicas the measure 63.8 would be 70.9 of 80, so the count stays");
  EXPECT_EQ(world.settle_at(40, 30s), Reason::stabilizing) << "the highest of the window counts";
  world.settle_at(40, 300s);
  EXPECT_EQ(world.target.replicas, 9) << "one at a time, though 40 would fit 7";
}

TEST(Restore, ReplicasThatAreNotReadyCarryNothingYetAndStay) {
  Stepping world;
  world.scale_out_to(8);
  world.resolve("busy");
  world.settle_at(40);
  world.now += 300s;
  world.target.ready = 5;
  world.measure(40);
  world.settle();
  // 8 served 40 each in the minute before: 320 of 64 each is 5, and 3 are not ready.
  EXPECT_EQ(world.last.fit->replicas, 8);
  EXPECT_EQ(world.target.replicas, 8);
}

TEST(Restore, WhatFollowsAValueGoesWhereItsPolicyGoes) {
  Measuring world{2};
  auto& behavior = world.rule("busy", Action::scale_out, PerReplica{70});
  behavior.limits.max = 40;
  behavior.scale_in.stabilization = 300s;
  world.fire("busy", "a", 700);
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 10);
  world.resolve("busy");
  const auto pass = [&](double value, seconds time) {
    for (; time > 0s; time -= 30s) {
      world.now += 30s;
      world.surroundings.evidence = Evidence::load_gone;
      world.memory.obligation->traces[0].measured = Measured{value, world.now, {}};
      world.settle();
    }
  };
  pass(400, 270s);
  EXPECT_EQ(world.target.replicas, 10);
  pass(350, 60s);
  EXPECT_EQ(world.target.replicas, 6) << "the highest of the window, of 400";
  EXPECT_EQ(
      sentence(world.last),
      "alert \"busy\" is resolved; rule \"busy\" goes back to 5 replicas, not yet to 2 (350 / "
      "70, rounded up); 6 for now: scale_in.stabilization");
  pass(350, 300s);
  EXPECT_EQ(world.target.replicas, 5);
  pass(374, 300s);
  EXPECT_EQ(world.target.replicas, 5) << "within the tolerance";
  ASSERT_TRUE(world.memory.obligation) << "it is not at the baseline yet";
  world.memory.obligation->traces[0].measured.reset();
  EXPECT_EQ(world.settle_after(30s), Reason::no_evidence);
}

TEST(Restore, WhatIsLeftIsOneOfTheWantsOfANewClaim) {
  Measuring world{2};
  for (const char* name : {"first", "second"}) {
    auto& behavior = world.rule(name, Action::scale_out, PerReplica{70});
    behavior.limits.max = 40;
    behavior.tolerance = 0;
  }
  world.fire("first", "a", 700);
  world.settle();
  world.resolve("first");
  world.settle_at(560, 0s, false);
  world.surroundings.evidence = Evidence::load_gone;
  world.memory.obligation->traces[0].measured = Measured{560, world.now, {}};
  world.fire("second", "a", 350);
  world.settle();
  EXPECT_EQ(world.target.replicas, 8) << "5 for the second, 8 for the first";
  world.memory.obligation->traces[0].measured = Measured{210, world.now, {}};
  world.settle_after(30s);
  EXPECT_EQ(world.target.replicas, 5);
}

TEST(Restore, AMoveAfterWhichTheConditionHoldsIsTakenBackAtOnce) {
  Stepping world;
  world.rules["busy"]->cooldown = {10min, 0s};
  world.fire("busy");
  world.settle();
  world.now += 10min;
  world.fire("busy");
  world.settle();
  ASSERT_EQ(world.target.replicas, 4);
  world.resolve("busy");
  world.settle_at(50, 0s, false);
  EXPECT_EQ(world.settle_at(50, 300s, false), Reason::applied);
  ASSERT_EQ(world.target.replicas, 3);
  EXPECT_EQ(world.settle_at(90, 30s), Reason::undone) << "whatever cooldown.out says";
  EXPECT_EQ(world.target.replicas, 4);
  EXPECT_EQ(world.settle_at(90, 30s), Reason::no_evidence) << "once";
  EXPECT_EQ(world.settle_at(50, 10min, false), Reason::load_remains) << "3 has failed";
  world.settle_at(50, 20min, false);
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(Restore, TheBaselineIsWatchedForTenMinutes) {
  for (const bool wrong : {false, true}) {
    Stepping world;
    world.fire("busy");
    world.settle();
    world.resolve("busy");
    world.settle_at(50, 0s, false);
    world.settle_at(50, 300s, false);
    ASSERT_EQ(world.target.replicas, 2);
    EXPECT_EQ(world.settle_at(50, 9min, false), Reason::no_change);
    ASSERT_TRUE(world.memory.obligation);
    if (wrong) {
      EXPECT_EQ(world.settle_at(90, 30s), Reason::undone);
      EXPECT_EQ(world.target.replicas, 3);
    } else {
      world.settle_at(50, 1min, false);
      EXPECT_FALSE(world.memory.obligation);
      EXPECT_FALSE(world.memory.baseline) << "the run is over";
    }
  }
}

// Nothing else can tell whether the fit is more cautious than it has to be.
TEST(Restore, ACountThatOnlyTheFitHoldsIsTriedWithOneFewer) {
  Stepping world;
  world.scale_out_to(6);
  world.resolve("busy");
  EXPECT_EQ(world.settle_at(70, 2h - 1s), Reason::load_remains);
  EXPECT_EQ(world.settle_at(70, 1s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 5);
  EXPECT_NE(sentence(world.last).find("to try whether one fewer will do"), std::string::npos);
  EXPECT_EQ(world.settle_at(84, 30s), Reason::undone);
  EXPECT_EQ(world.memory.trials.exponent, 1) << "the next one after four hours";
}

TEST(Restore, ALostScrapeDoesNotBeginTheWaitAgainButALongGapDoes) {
  for (const auto gap : {90s, 600s}) {
    Stepping world;
    world.fire("busy");
    world.settle();
    world.resolve("busy");
    EXPECT_EQ(world.settle_at(30), Reason::stabilizing);
    world.surroundings.evidence = Evidence::unmeasured;
    EXPECT_EQ(world.settle_after(gap), Reason::no_evidence);
    EXPECT_EQ(world.settle_at(30, 1s), Reason::stabilizing);
    EXPECT_EQ(world.settle_at(30, 300s - gap), gap == 90s ? Reason::applied : Reason::stabilizing);
  }
}

}  // namespace
}  // namespace scalehook::scaling
