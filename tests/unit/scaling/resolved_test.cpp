// Rules 23 to 26: what a resolve leaves to be done, and what others do meanwhile.
#include <gtest/gtest.h>

#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

TEST(Resolved, WithoutEvidenceTheCountStays) {
  struct Row {
    Evidence evidence;
    Reason reason;
  };
  for (const auto& row :
       {Row{Evidence::not_asked, Reason::applied}, Row{Evidence::load_gone, Reason::applied},
        Row{Evidence::load_there, Reason::no_evidence},
        Row{Evidence::unmeasured, Reason::no_evidence}}) {
    World world{2};
    world.rule("busy", Action::scale_out, Step{2});
    world.fire("busy");
    world.settle();
    world.resolve("busy");
    world.surroundings.evidence = row.evidence;
    EXPECT_EQ(to_text(world.settle()), to_text(row.reason));
    if (row.reason == Reason::applied) continue;
    EXPECT_EQ(world.settle_after(1h), Reason::no_evidence) << "for as long as it takes";
    world.surroundings.evidence = Evidence::load_gone;
    EXPECT_EQ(world.settle(), Reason::applied);
    EXPECT_EQ(world.target.replicas, 2);
  }
}

// The window begins once the load has gone, not with the resolve that nothing proves.
TEST(Resolved, TheWindowBeginsWithTheEvidence) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{2}).scale_in.stabilization = 300s;
  world.fire("busy");
  world.settle();
  world.resolve("busy");
  world.surroundings.evidence = Evidence::unmeasured;
  world.settle();
  world.surroundings.evidence = Evidence::load_gone;
  EXPECT_EQ(world.settle_after(1h), Reason::stabilizing);
  for (auto passed = 60s; passed < 300s; passed += 60s) {
    EXPECT_EQ(world.settle_after(60s), Reason::stabilizing);
  }
  EXPECT_EQ(world.settle_after(60s), Reason::applied);
}

TEST(Resolved, AScaleInNeedsNoEvidence) {
  World world{4};
  world.rule("idle", Action::scale_in, Step{1});
  world.surroundings.evidence = Evidence::unmeasured;
  world.fire("idle");
  EXPECT_EQ(world.settle(), Reason::applied) << "the alert itself is measured";
}

TEST(Resolved, WhatWasRaisedComesDownToWhatOpenedMeanwhile) {
  World world{3};
  world.rule("large", Action::scale_out, Set{7}).scale_in.stabilization = 300s;
  world.rule("small", Action::scale_out, Set{5}).scale_in.stabilization = 300s;
  world.fire("large");
  world.settle();
  world.resolve("large");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  world.fire("small");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  EXPECT_EQ(world.settle_after(300s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 5);
  world.resolve("small");
  world.settle();
  world.settle_after(300s);
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(Resolved, WhatARuleThatIsGoneHasRaisedStays) {
  World world{3};
  world.rule("large", Action::scale_out, Set{7});
  world.rule("small", Action::scale_out, Set{5});
  world.fire("large");
  world.fire("small");
  world.settle();
  world.drop("large");
  EXPECT_EQ(world.settle(), Reason::no_change);
  world.resolve("small");
  EXPECT_EQ(world.settle(), Reason::held);
  EXPECT_EQ(world.target.replicas, 7);
}

// What one claim of a run leaves to stay is not taken back for another's sake, whenever that came.
TEST(Resolved, AHoldOutlastsWhatOpensAfterIt) {
  for (const bool alone : {false, true}) {
    World world{3};
    world.rule("kept", Action::scale_out, Set{7}).on_resolved = OnResolved::hold;
    world.rule("beside", Action::scale_out, Set{4});
    world.rule("later", Action::scale_out, Set{5});
    world.fire("kept");
    if (!alone) world.fire("beside");
    world.settle();
    world.resolve("kept");
    if (!alone) world.settle();
    world.fire("later");  // before the resolve has been decided, if alone
    world.settle();
    world.resolve("later");
    if (!alone) world.resolve("beside");
    world.settle();
    EXPECT_EQ(world.target.replicas, 7) << alone;
    world.fire("later");
    world.resolve("later");
    world.settle();
    EXPECT_EQ(world.target.replicas, 7) << "that run is over";
  }
}

// A write of which we never heard was ours all the same, at the time at which it was made.
TEST(Resolved, AnIntentThatTheReadingShowsIsOurs) {
  for (const std::int64_t found : {3, 2}) {
    World world{2};
    world.rule("busy", Action::scale_out, Step{1}).cooldown.in = 300s;
    world.fire("busy");
    const auto decision = decide(world.memory, world.target, world.surroundings, world.now);
    const Moment decided_at = world.now;
    world.memory.intent = intend(decision, decided_at);
    world.target.replicas = found;
    world.now += 200s;
    const auto made = settle_intent(world.memory, world.target);
    EXPECT_FALSE(world.memory.intent);
    ASSERT_EQ(made.has_value(), found == 3);
    if (made) {
      EXPECT_EQ(made->reason, Reason::applied);
      EXPECT_EQ(made->from, 2);
      EXPECT_EQ(made->to, 3);
      EXPECT_EQ(made->rule(), "busy");
      EXPECT_TRUE(sentence(*made).starts_with(sentence(decision)));
    }
    EXPECT_EQ(world.settle(), made ? Reason::no_change : Reason::applied);
    EXPECT_EQ(world.target.replicas, 3);
    ASSERT_EQ(world.memory.changes.size(), 1u);
    EXPECT_EQ(world.memory.changes[0].at, made ? decided_at : world.now) << "its cooldown counts";
    world.resolve("busy");
    world.settle_after(300s);
    EXPECT_EQ(world.target.replicas, 2);
  }
}

TEST(Resolved, AnIntentOfAnObjectThatWasMadeAnewIsVoid) {
  World world{2};
  world.target.uid = "old";
  world.rule("busy", Action::scale_out, Step{1});
  world.fire("busy");
  world.memory.intent =
      intend(decide(world.memory, world.target, world.surroundings, world.now), world.now);
  world.target = {};
  world.target.uid = "new";
  world.target.replicas = 3;
  EXPECT_FALSE(settle_intent(world.memory, world.target));
  world.settle();
  EXPECT_EQ(world.target.replicas, 4) << "a new target's own step";
}

// Rule 26.
TEST(Resolved, ACountThatAnotherSetsIsTheBaseline) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{4});
  world.fire("busy");
  world.settle();
  world.target.replicas = 6;
  EXPECT_EQ(world.settle(), Reason::rebased);
  EXPECT_EQ(world.target.replicas, 6);
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_EQ(world.target.replicas, 6);
}

TEST(Resolved, ThreeReversalsAreAContest) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{4});
  world.fire("busy");
  for (int reversal = 0; reversal < 3; ++reversal) {
    EXPECT_EQ(world.settle(), Reason::applied);
    EXPECT_EQ(world.target.replicas, 4);
    world.target.replicas = 2;
    world.now += 60s;
  }
  EXPECT_EQ(world.settle(), Reason::contested);
  EXPECT_EQ(world.settle_after(1h), Reason::contested);
  EXPECT_EQ(world.target.replicas, 2);
  world.resolve("busy");
  world.settle();
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied) << "another run";
}

TEST(Resolved, RareReversalsAreNone) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{4});
  world.fire("busy");
  for (int reversal = 0; reversal < 6; ++reversal) {
    EXPECT_EQ(world.settle(), Reason::applied);
    world.target.replicas = 2;
    world.now += 6min;
  }
}

// Rules 22 and 24: a claim that follows its value lets down only what its own value had raised.
TEST(Resolved, AFallenValueUndoesNothingOfAnotherWithoutEvidence) {
  for (const bool held : {false, true}) {
    World world{2};
    auto& busy = world.rule("busy", Action::scale_out, Set{8});
    if (held) busy.on_resolved = OnResolved::hold;
    world.rule("queue", Action::scale_out, PerReplica{10});
    world.fire("queue", "a", 40.0);
    world.fire("busy");
    world.settle();
    world.surroundings.evidence = held ? Evidence::load_gone : Evidence::unmeasured;
    world.resolve("busy");
    EXPECT_EQ(world.settle(), held ? Reason::held : Reason::no_evidence);
    EXPECT_EQ(world.target.replicas, 8);
    if (held) continue;
    world.surroundings.evidence = Evidence::load_gone;
    EXPECT_EQ(world.settle(), Reason::applied);
    EXPECT_EQ(world.target.replicas, 4);
  }
}

TEST(Resolved, AFallenValueLeavesWhatARuleThatIsGoneHasRaised) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{8});
  world.rule("queue", Action::scale_out, PerReplica{10});
  world.fire("queue", "a", 40.0);
  world.fire("busy");
  world.settle();
  world.drop("busy");
  EXPECT_EQ(world.settle(), Reason::held);
  EXPECT_EQ(world.target.replicas, 8);
}

// A rule that is gone while what it raised is about to be taken back, and another fires.
TEST(Resolved, ARuleThatIsGoneLeavesAHoldAlsoOfWhatItLeft) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{8});
  world.rule("small", Action::scale_out, Set{4}).scale_in.stabilization = 300s;
  world.fire("small");
  world.fire("busy");
  world.settle();
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  world.drop("busy");
  world.resolve("small");
  world.settle_after(1h);
  EXPECT_EQ(world.target.replicas, 8);
}

// Rule 28: an expired claim holds, and when its alert is heard of again it goes on as before.
TEST(Resolved, AnExpiredClaimThatFiresAgainBesideAnotherIsRestoredInTheEnd) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{5}).claim_ttl = 600s;
  world.rule("beside", Action::scale_out, Set{3});
  const auto busy = world.alert(alert::Status::firing, "busy");
  world.notify({busy});
  world.settle();
  world.fire("beside");
  world.settle();
  world.now += 650s;
  confirm(world.memory, world.alert(alert::Status::firing, "beside").series->key, world.now);
  ASSERT_EQ(expire(world.memory, world.now).size(), 1u);
  world.settle();
  EXPECT_EQ(world.target.replicas, 5);
  EXPECT_EQ(world.notify({busy}), std::vector{Effect::reopened});
  world.resolve("busy");
  world.resolve("beside");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 2);
}

// A resolve that was not believed has ended nothing, beside another claim as well.
TEST(Resolved, ADoubtedResolveBesideAnotherClaimIsNoNewStep) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{1});
  world.rule("beside", Action::scale_out, Set{3});
  world.fire("beside");
  world.settle();
  world.fire("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 4);
  world.surroundings.evidence = Evidence::unmeasured;
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::no_evidence);
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Resolved, WhatOpenedMeanwhileIsComeDownToOnceNothingHolds) {
  World world{3};
  world.rule("large", Action::scale_out, Set{7}).scale_in.stabilization = 300s;
  world.rule("small", Action::scale_out, Set{5});
  world.rule("deploying", Action::hold, Step{1});
  world.fire("large");
  world.settle();
  world.resolve("large");
  world.settle();
  world.fire("deploying");
  world.settle();
  world.fire("small");
  world.settle();
  EXPECT_EQ(world.target.replicas, 7);
  world.resolve("deploying");
  world.settle();
  world.settle_after(1h);
  EXPECT_EQ(world.target.replicas, 5);
}

// A set count has no smaller step than the whole of it.
TEST(Resolved, AStepBackOfAPolicyWithoutStepsIsTheBaseline) {
  for (const Policy& policy : {Policy{Set{5}}, Policy{PerReplica{10}}, Policy{Ratio{10}}}) {
    World world{2};
    world.rule("busy", Action::scale_out, policy).on_resolved = OnResolved::step;
    world.fire("busy", "a", 50.0);
    world.settle();
    EXPECT_GT(world.target.replicas, 2);
    world.resolve("busy");
    EXPECT_EQ(world.settle(), Reason::applied);
    EXPECT_EQ(world.target.replicas, 2);
  }
}

TEST(Resolved, AnotherWriterEndsWhatIsLeftThoughSomethingHolds) {
  World world{2};
  auto& busy = world.rule("busy", Action::scale_out, Set{5});
  busy.on_resolved = OnResolved::min;
  busy.scale_in.stabilization = 300s;
  world.rule("deploying", Action::hold, Step{1});
  world.fire("busy");
  world.settle();
  world.resolve("busy");
  world.settle();
  world.fire("deploying");
  world.settle();
  world.target.replicas = 8;
  world.settle();
  world.resolve("deploying");
  world.settle_after(1h);
  EXPECT_EQ(world.target.replicas, 8);
}

TEST(Resolved, AReversalInPiecesIsOne) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{6}).cooldown.out = 20min;
  world.fire("busy");
  world.settle();
  for (const std::int64_t count : {5, 4, 3}) {
    world.target.replicas = count;
    world.settle_after(60s);
  }
  EXPECT_FALSE(world.memory.contested);
}

// Nobody has to look up which alert a change comes of that a timer makes.
TEST(Resolved, SaysWhichAlerts) {
  World world{2};
  for (const char* rule : {"one", "two", "three"}) {
    world.rule(rule, Action::scale_out, Set{5}).scale_in.stabilization = 60s;
    world.fire(rule);
  }
  world.settle();
  world.resolve("one");
  world.resolve("two");
  world.resolve("three");
  world.settle();
  EXPECT_EQ(world.settle_after(60s), Reason::applied);
  EXPECT_TRUE(
      sentence(world.last)
          .starts_with(
              "alerts \"one\", \"two\" and 1 more are resolved; rule \"one\" goes back to 2"))
      << sentence(world.last);
}

}  // namespace
}  // namespace scalehook::scaling
