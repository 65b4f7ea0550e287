// Rule 8: further steps for as long as an alert fires, each confirmed.
#include <gtest/gtest.h>

#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

World firing(std::int64_t replicas, Action action = Action::scale_out) {
  World world{replicas};
  world.rule("busy", action, Step{1}).while_firing = 300s;
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  return world;
}

TEST(Step, AFurtherOneIsGrantedOnceItIsConfirmed) {
  auto world = firing(2);
  EXPECT_EQ(world.last.to, 3);
  EXPECT_EQ(world.settle_after(290s), Reason::no_change);
  EXPECT_EQ(world.settle_after(20s), Reason::unconfirmed) << "nobody has said that it still fires";
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 4);
  EXPECT_EQ(world.settle(), Reason::no_change) << "the next one is due in five minutes";
}

TEST(Step, ARepeatSoonAfterIsNoReasonForOne) {
  auto world = firing(2);
  for (int again = 0; again < 20; ++again) {
    world.fire("busy");
    EXPECT_EQ(world.settle(), Reason::no_change);
  }
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(Step, ItWaitsUntilTheLastOneServes) {
  auto world = firing(2);
  world.target.ready = 2;
  world.now += 300s;
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::no_change);
  world.target.ready = 3;
  EXPECT_EQ(world.settle_after(15s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Step, ItDoesNotWaitForEver) {
  auto world = firing(2);
  world.target.ready = 2;
  world.now += 580s;
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_EQ(world.settle_after(10s), Reason::applied) << "landing_timeout has passed";
}

TEST(Step, WhatIsMissedWhilePausedIsNotMadeUpFor) {
  auto world = firing(2);
  const Pause pause;
  world.surroundings.pauses = {&pause, 1};
  for (int minute = 0; minute < 20; ++minute) {
    world.now += 50s;
    world.fire("busy");
    world.settle();
  }
  world.surroundings.pauses = {};
  world.settle();
  EXPECT_EQ(world.target.replicas, 3) << "not four steps at once";
  world.now += 300s;
  world.fire("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Step, ItIsOneForARuleHoweverManyOfItsAlertsFire) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1}).while_firing = 300s;
  world.notify({world.alert(alert::Status::firing, "busy", "a"),
                world.alert(alert::Status::firing, "busy", "b")});
  world.settle();
  EXPECT_EQ(world.target.replicas, 3);
  world.now += 300s;
  world.notify({world.alert(alert::Status::firing, "busy", "a"),
                world.alert(alert::Status::firing, "busy", "b")});
  world.settle();
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Step, AtItsLimitItAsksForNoMore) {
  World world{9};
  world.rule("busy", Action::scale_out, Step{1}).while_firing = 300s;
  for (int round = 0; round < 5; ++round) {
    world.fire("busy");
    world.settle();
    world.now += 300s;
  }
  EXPECT_EQ(world.target.replicas, 10);
  world.resolve("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 9);
}

TEST(Step, InGoesOnAsWell) {
  auto world = firing(5, Action::scale_in);
  EXPECT_EQ(world.target.replicas, 4);
  world.now += 300s;
  world.fire("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(Step, ASilencedAlertBesideOneThatIsHeardStopsNothing) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1}).while_firing = 60s;
  world.notify({world.alert(alert::Status::firing, "busy", "a"),
                world.alert(alert::Status::firing, "busy", "b")});
  world.settle();
  suppress(world.memory, world.memory.claims.begin()->first, world.now);
  for (const std::int64_t count : {4, 5}) {
    world.now += 60s;
    world.fire("busy", "b");
    world.settle();
    EXPECT_EQ(world.target.replicas, count);
  }
}

// Rule 27.
TEST(Step, ASuppressedAlertHolds) {
  auto world = firing(2);
  const Key key = world.memory.claims.begin()->first;
  suppress(world.memory, key, world.now);
  EXPECT_EQ(world.settle_after(400s), Reason::suppressed);
  confirm(world.memory, key, world.now);
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Step, WhatIsMissedWhileItsRuleIsPausedOrScaleInIsFrozenIsNotMadeUpFor) {
  for (const bool frozen : {false, true}) {
    auto world = firing(5, frozen ? Action::scale_in : Action::scale_out);
    const auto before = world.target.replicas;
    Pause pause;
    pause.rule = "busy";
    if (frozen) {
      world.surroundings.scale_in_frozen = true;
    } else {
      world.surroundings.pauses = {&pause, 1};
    }
    for (int times = 0; times < 20; ++times) {
      world.now += 50s;
      world.fire("busy");
      world.settle();
    }
    world.surroundings = {};
    world.settle();
    EXPECT_EQ(world.target.replicas, before) << frozen;
  }
}

// One that was resolved and goes on is granted what those beside it have been granted since.
TEST(Step, WhatGoesOnIsNotGrantedAStepTwice) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1}).while_firing = 300s;
  const auto one = world.alert(alert::Status::firing, "busy", "a");
  const auto other = world.alert(alert::Status::firing, "busy", "b");
  world.notify({one, other});
  world.settle();
  world.resolve("busy", "a");
  world.now += 300s;
  world.notify({other});
  world.settle();
  EXPECT_EQ(world.target.replicas, 4);
  world.now += 70s;
  EXPECT_EQ(world.notify({one}), std::vector{Effect::reopened});
  EXPECT_EQ(world.settle(), Reason::no_change);
  const Pause pause;
  world.surroundings.pauses = {&pause, 1};
  world.now += 400s;
  world.notify({one, other});
  world.settle();
  for (const auto& [key, claim] : world.memory.claims) EXPECT_EQ(claim.want.replicas, 4);
}

}  // namespace
}  // namespace scalehook::scaling
