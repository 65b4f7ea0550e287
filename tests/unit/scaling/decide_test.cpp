#include "core/scaling/decide.hpp"

#include <gtest/gtest.h>

#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

TEST(Decide, ScalesOutOnceAndBackWhenResolved) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1});
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
  EXPECT_EQ(sentence(world.last), "rule \"busy\" asks for 3 replicas (1 more a step)");
  for (int again = 0; again < 10; ++again) {
    world.fire("busy");
    EXPECT_EQ(world.settle(), Reason::no_change);
    EXPECT_EQ(world.target.replicas, 3);
  }
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 2);
  EXPECT_EQ(
      sentence(world.last),
      "alert \"busy\" is resolved; rule \"busy\" goes back to 2 replicas, the count before it "
      "fired");
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_FALSE(world.memory.baseline) << "the run is over";
}

TEST(Decide, FiringAndResolvedInOneNotificationFires) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1});
  const auto firing = world.alert(alert::Status::firing, "busy");
  auto resolved = world.alert(alert::Status::resolved, "busy");
  EXPECT_EQ(world.notify({resolved, firing, resolved}),
            (std::vector{Effect::overtaken, Effect::opened, Effect::overtaken}));
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
  resolved.ends_at = firing.starts_at;
  EXPECT_EQ(world.notify({resolved}), std::vector{Effect::old})
      << "it ended when what fires now began";
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(Decide, AnIdentityFiresWhileAnyOfItsSeriesDoes) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1});
  auto one = world.alert(alert::Status::firing, "busy");
  auto other = World::with_label(one, "pod", "b");
  EXPECT_EQ(world.notify({one, other}), (std::vector{Effect::opened, Effect::opened}));
  world.settle();
  one.status = alert::Status::resolved;
  one.ends_at = world.sender_now();
  EXPECT_EQ(world.notify({one}), std::vector{Effect::narrowed});
  EXPECT_EQ(world.settle(), Reason::no_change);
  other.status = alert::Status::resolved;
  other.ends_at = world.sender_now();
  EXPECT_EQ(world.notify({other}), std::vector{Effect::closed});
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Decide, AStepIsGrantedOnceARuleHoweverManyAlertsFire) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{2});
  world.fire("busy", "a");
  world.settle();
  world.fire("busy", "b");
  world.fire("busy", "c");
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_EQ(world.target.replicas, 4);
  world.resolve("busy", "a");
  world.settle();
  EXPECT_EQ(world.target.replicas, 4) << "the others still ask for it";
  world.resolve("busy", "b");
  world.resolve("busy", "c");
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Decide, TheHighestScaleOutWantWinsAndFallsToTheNext) {
  World world{2};
  world.rule("small", Action::scale_out, Set{4});
  world.rule("large", Action::scale_out, Set{7});
  world.fire("small");
  world.fire("large");
  world.settle();
  EXPECT_EQ(world.target.replicas, 7);
  EXPECT_EQ(world.last.rule(), "large");
  world.resolve("large");
  world.settle();
  EXPECT_EQ(world.target.replicas, 4);
  world.resolve("small");
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Decide, ScaleInOnlyWhenNothingAsksForMore) {
  World world{5};
  world.rule("idle", Action::scale_in, Step{1});
  world.rule("idler", Action::scale_in, Step{3});
  world.rule("busy", Action::scale_out, Step{1});
  world.fire("busy");
  world.fire("idle");
  world.fire("idler");
  world.settle();
  EXPECT_EQ(world.target.replicas, 6);
  world.resolve("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 4) << "the highest of the scale-in wants, 4 and 2, of 5";
  world.resolve("idle");
  world.resolve("idler");
  EXPECT_EQ(world.settle(), Reason::held) << "a resolved scale-in does not take back by default";
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Decide, AHoldBlocksScaleInAndRestoreButNotScaleOut) {
  World world{4};
  world.rule("deploying", Action::hold, Step{1});
  world.rule("idle", Action::scale_in, Step{1});
  world.rule("busy", Action::scale_out, Step{1});
  world.fire("deploying");
  world.fire("idle");
  EXPECT_EQ(world.settle(), Reason::held);
  world.resolve("idle");
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 5);
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::held);
  EXPECT_EQ(world.target.replicas, 5);
  world.resolve("deploying");
  EXPECT_EQ(world.settle(), Reason::applied) << "the restore has waited for the hold's end";
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Decide, ScaleToCompetesByItsSign) {
  World world{4};
  world.rule("night", Action::scale_to, Set{2});
  world.rule("busy", Action::scale_out, Step{1});
  world.fire("night");
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
  world.fire("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 4) << "out goes before in, and not below the baseline";
  world.resolve("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Decide, PerReplicaFollowsTheValueButNotBelowTheBaseline) {
  World world{2};
  world.rule("queue", Action::scale_out, PerReplica{30}).limits = {1, 40};
  world.fire("queue", "a", 200.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 7);
  world.fire("queue", "a", 100.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 4);
  world.fire("queue", "a", 31.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
  world.fire("queue", "a", 1.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Decide, ARatioIsNotCompoundedByRepeats) {
  World world{2};
  world.rule("load", Action::scale_out, Ratio{50});
  for (int again = 0; again < 5; ++again) {
    world.fire("load", "a", 100.0);
    world.settle();
    EXPECT_EQ(world.target.replicas, 4);
  }
}

TEST(Decide, AValueThatIsNoneIsSaidAndKeepsThePreviousWant) {
  World world{2};
  world.rule("queue", Action::scale_out, PerReplica{30});
  world.fire("queue");
  EXPECT_EQ(world.settle(), Reason::bad_value);
  world.fire("queue", "a", 90.0);
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
  world.fire("queue");
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(Decide, BoundsOnlyBoundTheirOwnDirection) {
  struct Row {
    const char* what;
    std::int64_t replicas;
    Action action;
    Policy policy;
    Reason reason;
    std::int64_t after;
  };
  const Row rows[] = {
      // of limits 2 to 5
      {"up to max", 4, Action::scale_out, Step{5}, Reason::applied, 5},
      {"at max", 5, Action::scale_out, Step{1}, Reason::at_max, 5},
      {"beyond max is left", 9, Action::scale_out, Step{1}, Reason::at_max, 9},
      {"beyond max comes in by its step", 9, Action::scale_in, Step{1}, Reason::applied, 8},
      {"down to min", 3, Action::scale_in, Step{5}, Reason::applied, 2},
      {"at min", 2, Action::scale_in, Step{1}, Reason::at_min, 2},
      {"below min is left going in", 1, Action::scale_in, Step{1}, Reason::at_min, 1},
      {"below min rises to min going out", 1, Action::scale_out, Set{1}, Reason::applied, 2},
      {"nothing is switched off by hand", 0, Action::scale_out, Step{1}, Reason::zero, 0},
  };
  for (const auto& row : rows) {
    World world{row.replicas};
    world.rule("r", row.action, row.policy).limits = {2, 5};
    world.fire("r");
    EXPECT_EQ(to_text(world.settle()), to_text(row.reason)) << row.what;
    EXPECT_EQ(world.target.replicas, row.after) << row.what;
  }
}

TEST(Decide, TheTargetsOwnMaximumBoundsOnlyMovesUpwards) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{8}).limits = {1, 10};
  world.target.max = 5;
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 5) << "as far as it goes";
  EXPECT_EQ(sentence(world.last),
            "rule \"busy\" asks for 8 replicas (set); the target's own max is 5");
  EXPECT_EQ(world.settle(), Reason::at_max);
  world.target.max = 4;
  EXPECT_EQ(world.settle(), Reason::at_max) << "beyond it already";
  EXPECT_EQ(world.target.replicas, 5);
  world.target.max = 20;
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 8);
  world.target.max = 3;
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Decide, ToZeroAndFromZeroOnlyWhenAllowed) {
  World world{1};
  auto& behavior = world.rule("night", Action::scale_to, Set{0});
  behavior.limits = {0, 5};
  world.fire("night");
  EXPECT_EQ(world.settle(), Reason::at_min);
  EXPECT_EQ(world.target.replicas, 1);
  behavior.to_zero = true;
  behavior.on_resolved = OnResolved::restore;
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 0);
  world.resolve("night");
  EXPECT_EQ(world.settle(), Reason::applied) << "it was us who switched it off";
  EXPECT_EQ(world.target.replicas, 1);
}

TEST(Decide, OnResolved) {
  struct Row {
    OnResolved how;
    Reason reason;
    std::int64_t after;
  };
  for (const auto& row :
       {Row{OnResolved::restore, Reason::applied, 3}, Row{OnResolved::hold, Reason::held, 6},
        Row{OnResolved::min, Reason::applied, 1}, Row{OnResolved::step, Reason::applied, 3}}) {
    World world{3};
    world.rule("busy", Action::scale_out, Step{3}).on_resolved = row.how;
    world.fire("busy");
    world.settle();
    ASSERT_EQ(world.target.replicas, 6);
    world.resolve("busy");
    EXPECT_EQ(to_text(world.settle()), to_text(row.reason));
    if (row.how == OnResolved::min) {
      EXPECT_EQ(world.target.replicas, 3) << "steps go back one at a time";
      EXPECT_EQ(world.settle(), Reason::applied);
    }
    EXPECT_EQ(world.target.replicas, row.after);
    EXPECT_FALSE(world.memory.baseline) << "the run is over";
  }
}

TEST(Decide, TheMostCautiousOfSeveralOnResolvedWins) {
  World world{2};
  world.rule("one", Action::scale_out, Step{1}).on_resolved = OnResolved::min;
  world.rule("other", Action::scale_out, Step{2}).on_resolved = OnResolved::hold;
  world.fire("one");
  world.fire("other");
  world.settle();
  world.notify(
      {world.alert(alert::Status::resolved, "one"), world.alert(alert::Status::resolved, "other")});
  EXPECT_EQ(world.settle(), Reason::held);
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Decide, WhatAnotherWroteIsNotUndone) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1});
  world.fire("busy");
  world.settle();
  world.target.replicas = 8;
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::changed_by_others);
  EXPECT_EQ(world.target.replicas, 8);

  // Changed, and seen, while it still fired: that is what a restore goes back to.
  world.fire("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 9);
  world.target.replicas = 5;
  world.fire("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 9);
  world.resolve("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 5);
}

TEST(Decide, AnotherObjectOfTheSameNameIsAnotherTarget) {
  World world{2};
  world.target.uid = "one";
  world.rule("busy", Action::scale_out, Step{1});
  world.fire("busy");
  world.settle();
  world.target = {6, {}, "two", {}, {}, {}};
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 7);
  world.resolve("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 6);
}

TEST(Decide, ATargetMayAskNotToBeMoved) {
  struct Row {
    const char* hold;
    Action action;
    Reason reason;
  };
  for (const auto& row :
       {Row{"all", Action::scale_out, Reason::paused}, Row{"all", Action::scale_in, Reason::paused},
        Row{"out", Action::scale_out, Reason::paused},
        Row{"out", Action::scale_in, Reason::applied},
        Row{"in", Action::scale_out, Reason::applied},
        Row{"in", Action::scale_in, Reason::paused}}) {
    World world{3};
    world.target.hold = row.hold;
    world.target.hold_explanation = "it is paused";
    world.rule("r", row.action, Step{1});
    world.fire("r");
    EXPECT_EQ(to_text(world.settle()), to_text(row.reason)) << row.hold;
    if (row.reason != Reason::paused) continue;
    world.target.hold.clear();
    EXPECT_EQ(world.settle(), Reason::applied) << "the claim was kept";
  }
}

TEST(Decide, AConflictAsksForTheSameAgain) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1});
  world.fire("busy");
  const auto first = decide(world.memory, world.target, world.surroundings, world.now);
  ASSERT_EQ(first.to, 3);  // not written: somebody else was quicker
  const auto second = decide(world.memory, world.target, world.surroundings, world.now);
  EXPECT_EQ(second.to, 3);
}

TEST(Decide, ARuleThatIsGoneLeavesTheCount) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1});
  world.fire("busy");
  world.settle();
  world.drop("busy");
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_EQ(world.target.replicas, 3);
}

// Rules 9 and 11.
TEST(Decide, AFallenValueIsFollowedDownToWhatElseIsWanted) {
  for (const char* step : {"a", "z"}) {  // before and after it by name
    World world{2};
    world.rule(step, Action::scale_out, Step{1});
    world.rule("queue", Action::scale_out, PerReplica{10});
    world.fire(step);
    world.settle();
    world.fire("queue", "a", 80.0);
    world.settle();
    EXPECT_EQ(world.target.replicas, 8);
    for (const double value : {20.0, 30.0}) {  // less than the other wants, and as much
      world.fire("queue", "a", value);
      world.settle();
      EXPECT_EQ(world.target.replicas, 3) << step;
    }
  }
}

// Rule 35: a ratio is taken of what served while its sample was measured, and waits for nothing.
TEST(Decide, ARatioIsTakenOfWhatServed) {
  World world{4};
  world.rule("load", Action::scale_out, Ratio{50}).limits = {1, 40};
  world.target.ready = 4;
  world.fire("load", "a", 100.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 8);
  world.now += 60s;
  world.fire("load", "a", 130.0);
  EXPECT_EQ(world.settle(), Reason::applied) << "four are still starting, and four are not enough";
  EXPECT_EQ(world.target.replicas, 11);
  world.target.ready = 11;
  world.settle();
  world.now += 60s;
  world.fire("load", "a", 75.0);
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 17);
}

// Rule 15: a paused rule has no say going out, and what it wants is not let down meanwhile.
TEST(Decide, APausedRuleDoesNotSilenceTheOthers) {
  World world{2};
  world.rule("large", Action::scale_out, Set{9});
  world.rule("small", Action::scale_out, PerReplica{10});
  world.fire("large");
  Pause pause;
  pause.rule = "large";
  world.surroundings.pauses = {&pause, 1};
  EXPECT_EQ(world.settle(), Reason::paused);
  world.fire("small", "a", 50.0);
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 5);
  world.fire("small", "a", 30.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 5);
  world.surroundings.pauses = {};
  world.settle();
  EXPECT_EQ(world.target.replicas, 9);
}

// Rule 12: each rule's own settings apply to what it decides.
TEST(Decide, TheDecidingRulesCooldownCounts) {
  World world{2};
  world.rule("large", Action::scale_out, PerReplica{10}).cooldown.out = 600s;
  world.rule("small", Action::scale_out, PerReplica{10}).cooldown.out = 60s;
  world.fire("small", "a", 30.0);
  world.settle();
  EXPECT_EQ(world.target.replicas, 3);
  world.now += 60s;
  world.fire("large", "a", 50.0);
  EXPECT_EQ(world.settle(), Reason::cooldown);
  world.fire("small", "a", 60.0);
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 6);
}

// Rule 14.
TEST(Decide, WhatIsSwitchedOffIsStartedOnlyIfTheRuleSaysSo) {
  for (const bool from_zero : {false, true}) {
    World world{0};
    world.rule("busy", Action::scale_out, Set{3}).from_zero = from_zero;
    world.fire("busy");
    EXPECT_EQ(world.settle(), from_zero ? Reason::applied : Reason::zero);
    EXPECT_EQ(world.target.replicas, from_zero ? 3 : 0);
  }
  World world{2};
  world.rule("busy", Action::scale_out, Set{4});
  world.fire("busy");
  world.settle();
  world.target.replicas = 0;  // switched off by hand while it fires
  EXPECT_EQ(world.settle(), Reason::zero);
  world.resolve("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 0);
}

}  // namespace
}  // namespace scalehook::scaling
