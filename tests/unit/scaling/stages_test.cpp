// The stages from want to write, rules 14 to 20: what each lets through, stops or delays.
#include <gtest/gtest.h>

#include "core/scaling/fleet.hpp"
#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

// Rule 15.
TEST(Stages, Pause) {
  struct Row {
    const char* what;
    const char* rule;
    const char* direction;
    Action action;
    Reason reason;
  };
  for (const auto& row : {
           Row{"everything", "", "", Action::scale_out, Reason::paused},
           Row{"everything, in", "", "", Action::scale_in, Reason::paused},
           Row{"out only", "", "out", Action::scale_out, Reason::paused},
           Row{"out only, in", "", "out", Action::scale_in, Reason::applied},
           Row{"this rule", "r", "", Action::scale_out, Reason::paused},
           Row{"another rule", "other", "", Action::scale_out, Reason::applied},
       }) {
    World world{3};
    world.rule("r", row.action, Step{1});
    Pause pause;
    pause.rule = row.rule;
    pause.direction = row.direction;
    world.surroundings.pauses = {&pause, 1};
    world.fire("r");
    EXPECT_EQ(to_text(world.settle()), to_text(row.reason)) << row.what;
    if (row.reason != Reason::paused) continue;
    world.surroundings.pauses = {};
    EXPECT_EQ(world.settle(), Reason::applied) << row.what << ": what is tracked is done";
  }
}

// Rule 16, in: the highest of the window, which begins with the count of now.
TEST(Stages, StabilizationGoingInWaitsForItsWindow) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{5}).scale_in.stabilization = 300s;
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied) << "out has no window";
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  EXPECT_EQ(world.last.wake_at, world.now + 300s);
  EXPECT_EQ(world.settle_after(299s), Reason::stabilizing);
  EXPECT_EQ(world.settle_after(1s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Stages, StabilizationGoingInFollowsTheHighestOfTheWindow) {
  World world{2};
  world.rule("queue", Action::scale_out, PerReplica{10}).scale_in.stabilization = 300s;
  world.fire("queue", "a", 80.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 8);
  world.now += 100s;
  world.fire("queue", "a", 50.0);
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  world.now += 100s;
  world.fire("queue", "a", 30.0);
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  EXPECT_EQ(world.settle_after(200s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 5) << "eight are out of the window, five are not";
  EXPECT_EQ(world.settle_after(100s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
}

// Rule 16, out: the lowest.
TEST(Stages, StabilizationGoingOutWaitsForItsWindow) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{5}).scale_out.stabilization = 60s;
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  EXPECT_EQ(world.settle_after(30s), Reason::stabilizing);
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::no_change) << "a short swing is not followed";
  EXPECT_TRUE(world.written.empty());
}

// Rule 17.
TEST(Stages, ACooldownDelaysAndDropsNothing) {
  World world{2};
  auto& small = world.rule("small", Action::scale_out, Set{4});
  auto& large = world.rule("large", Action::scale_out, Set{7});
  small.cooldown = large.cooldown = {180s, 300s};
  world.fire("small");
  EXPECT_EQ(world.settle(), Reason::applied);
  const auto changed = world.now;
  world.fire("large");
  EXPECT_EQ(world.settle(), Reason::cooldown);
  EXPECT_EQ(world.last.wake_at, changed + 180s);
  world.now = changed + 180s - 1ns;
  EXPECT_EQ(world.settle(), Reason::cooldown);
  EXPECT_EQ(world.settle_after(1ns), Reason::applied);
  EXPECT_EQ(world.target.replicas, 7);
}

TEST(Stages, OutCoolsDownFromOutOnlyInFromBoth) {
  World world{6};
  world.rule("busy", Action::scale_out, Set{8}).cooldown = {100s, 200s};
  world.rule("idle", Action::scale_in, Set{3}).cooldown = {100s, 200s};
  world.fire("idle");
  EXPECT_EQ(world.settle(), Reason::applied);
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied) << "a change in delays none out";
  EXPECT_EQ(world.target.replicas, 8);
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::cooldown) << "a change out delays one in";
  EXPECT_EQ(world.settle_after(200s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(Stages, ALongCooldownIsNotForgotten) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{5}).cooldown.in = 2h;
  world.fire("busy");
  world.settle();
  world.resolve("busy");
  EXPECT_EQ(world.settle_after(61min), Reason::cooldown);
  forget_old(world.memory, world.now);
  EXPECT_EQ(world.settle(), Reason::cooldown);
}

// Rule 18.
TEST(Stages, RatesLetThroughAsMuchAsThePeriodAllows) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{9}).scale_out.policies = {
      {.pods = 3, .percent = {}, .period = 60s}};
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 5);
  EXPECT_EQ(world.last.wake_at, world.now + 60s) << "the rest follows by itself";
  EXPECT_EQ(world.settle_after(59s), Reason::rate_limited);
  EXPECT_EQ(world.settle_after(1s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 8);
  EXPECT_EQ(world.settle_after(60s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 9);
}

TEST(Stages, SelectDisabledForbidsADirection) {
  World world{2};
  auto& behavior = world.rule("busy", Action::scale_out, Set{5});
  behavior.scale_in.select = Select::disabled;
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::rate_limited);
  EXPECT_EQ(world.target.replicas, 5);
}

// A restore in parts is whole in the end.
TEST(Stages, ARestoreInPartsIsCompleted) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{6}).scale_in.policies = {
      {.pods = 1, .percent = {}, .period = 60s}};
  world.fire("busy");
  world.settle();
  world.resolve("busy");
  for (const std::int64_t left : {5, 4, 3, 2}) {
    EXPECT_EQ(world.settle(), Reason::applied);
    EXPECT_EQ(world.target.replicas, left);
    world.now += 60s;
  }
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_FALSE(world.memory.baseline) << "the run is over";
}

// Rule 19.
TEST(Stages, EnforceBoundsBringsATargetWithinItsLimits) {
  struct Row {
    const char* what;
    std::int64_t replicas;
    Action action;
    bool enforce;
    std::int64_t after;
  };
  for (const auto& row : {
           Row{"beyond max", 9, Action::scale_out, true, 5},
           Row{"beyond max, left", 9, Action::scale_out, false, 9},
           Row{"below min", 1, Action::scale_in, true, 2},
           Row{"below min, left", 1, Action::scale_in, false, 1},
       }) {
    World world{row.replicas};
    auto& behavior = world.rule("r", row.action, Step{1});
    behavior.limits = {2, 5};
    behavior.enforce_bounds = row.enforce;
    world.fire("r");
    world.settle();
    EXPECT_EQ(world.target.replicas, row.after) << row.what;
  }
}

TEST(Stages, EnforceBoundsTakesNothingFromWhatAHoldKeeps) {
  World world{15};
  world.rule("hold", Action::hold, Step{1});
  world.rule("busy", Action::scale_out, Step{1}).enforce_bounds = true;
  world.fire("hold");
  world.fire("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 15);
}

TEST(Stages, ScaleToFollowsARisingValueBelowTheBaseline) {
  World world{10};
  world.rule("plan", Action::scale_to, Set{});
  world.fire("plan", "a", 3.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 3);
  world.fire("plan", "a", 7.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 7);
}

// Rule 20.
TEST(Stages, TheBudgetKeepsAQuarterForOut) {
  Fleet fleet;
  Memory target;
  Budget budget;
  budget.changes = 4;
  const Moment start{1000s};
  for (int change = 0; change < 3; ++change) note_change(fleet, start + seconds{change});
  const Moment now = start + 10s;
  EXPECT_EQ(within_budget(fleet, target, budget, true, now), std::nullopt);
  EXPECT_EQ(within_budget(fleet, target, budget, false, now), start + 1h) << "three are for in";
  note_change(fleet, now);
  EXPECT_EQ(within_budget(fleet, target, budget, true, now), start + 1h);
  EXPECT_EQ(within_budget(fleet, target, budget, true, start + 1h), std::nullopt);

  budget.changes_per_target = 1;
  target.changes = {{now, 1}};
  EXPECT_EQ(within_budget(fleet, target, budget, true, start + 1h), now + 1h);
}

TEST(Stages, ABudgetOfOneLetsInAsWell) {
  Budget budget;
  budget.changes_per_target = 1;
  Memory target;
  EXPECT_EQ(within_budget({}, target, budget, false, Moment{1000s}), std::nullopt);
  target.changes = {{Moment{1000s}, 1}};
  EXPECT_EQ(within_budget({}, target, budget, false, Moment{1001s}), Moment{1000s} + 1h);
}

TEST(Stages, WhatIsBeyondTheBudgetWaits) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{5});
  world.surroundings.out_budget_at = world.now + 600s;
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::budget);
  EXPECT_EQ(world.last.wake_at, world.surroundings.out_budget_at);
  world.now = *world.surroundings.out_budget_at;
  EXPECT_EQ(world.settle(), Reason::applied);
}

TEST(Stages, ScaleInFreezesWhenTooManyWantItAtOnce) {
  const Budget budget;  // three of ten
  Fleet fleet;
  const Moment now{1000s};
  for (const char* target : {"a", "b", "c"}) {
    EXPECT_FALSE(note_wish(fleet, target, true, 10, budget, now)) << target;
  }
  EXPECT_FALSE(note_wish(fleet, "c", true, 10, budget, now)) << "it is counted once";
  EXPECT_TRUE(note_wish(fleet, "d", true, 10, budget, now));
  EXPECT_TRUE(fleet.frozen);
  EXPECT_TRUE(note_wish(fleet, "e", false, 10, budget, now + 300s)) << "they want in no more";
  EXPECT_FALSE(fleet.frozen);

  Fleet small;
  for (const char* target : {"a", "b", "c", "d"}) note_wish(small, target, true, 4, budget, now);
  EXPECT_FALSE(small.frozen) << "of fewer than five nothing can be told";
}

TEST(Stages, WhatIsThawedByHandDoesNotFreezeAgainAtOnce) {
  const Budget budget;
  Fleet fleet;
  const Moment now{1000s};
  for (const char* target : {"a", "b"}) note_wish(fleet, target, true, 5, budget, now);
  ASSERT_TRUE(fleet.frozen);
  thaw(fleet);
  note_wish(fleet, "c", true, 5, budget, now);
  EXPECT_FALSE(fleet.frozen);
  note_wish(fleet, "c", false, 5, budget, now + 300s);
  for (const char* target : {"a", "b"}) note_wish(fleet, target, true, 5, budget, now + 301s);
  EXPECT_TRUE(fleet.frozen) << "it has fallen once since";
}

TEST(Stages, FrozenStopsInAndNotOut) {
  World world{4};
  world.rule("busy", Action::scale_out, Set{6});
  world.surroundings.scale_in_frozen = true;
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::frozen);
  world.surroundings.scale_in_frozen = false;
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 4);
}

// Rule 29.
TEST(Stages, AfterAStartNothingIsScaledInThatWasNotConfirmedSince) {
  World world{4};
  world.rule("idle", Action::scale_in, Step{1});
  world.fire("idle");
  world.now += 10s;
  world.surroundings.started_at = world.now;
  world.surroundings.grace_until = world.now + 300s;
  EXPECT_EQ(world.settle(), Reason::unconfirmed);
  EXPECT_EQ(world.last.wake_at, world.surroundings.grace_until);
  world.fire("idle");
  EXPECT_EQ(world.settle(), Reason::applied) << "it has been heard of since";
}

// That nobody has spoken for hours is no confirmation.
TEST(Stages, WhatExpiresAtAStartWaitsForTheGrace) {
  World world{2};
  auto& behavior = world.rule("busy", Action::scale_out, Step{1});
  behavior.on_expired = OnExpired::resolve;
  world.fire("busy");
  world.settle();
  world.now += 6h;
  world.surroundings.started_at = world.now;
  world.surroundings.grace_until = world.now + 300s;
  ASSERT_EQ(expire(world.memory, world.now + 1s).size(), 1u);
  EXPECT_EQ(world.settle_after(1s), Reason::unconfirmed);
  EXPECT_EQ(world.settle_after(300s), Reason::applied);
}

}  // namespace
}  // namespace scalehook::scaling
