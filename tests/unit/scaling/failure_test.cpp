// Rule 33: a count at which the alert came back is left alone for some time.
#include "core/scaling/failure.hpp"

#include <gtest/gtest.h>

#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

struct Failing : World {
  Failing() : World{2} { rule("busy", Action::scale_out, Step{1}); }
  // Fires, resolves and is taken back.
  void once() {
    fire("busy");
    ASSERT_EQ(settle(), Reason::applied);
    resolve("busy");
    ASSERT_EQ(settle(), Reason::applied);
    ASSERT_EQ(target.replicas, 2);
  }
};

TEST(Failure, EachReturnDoublesTheTimeForWhichTheCountIsLeftAlone) {
  Failing world;
  world.once();
  for (const seconds wait : {1800s, 3600s, 7200s, 14400s, 14400s}) {
    world.fire("busy");
    const Moment returned = world.now;
    ASSERT_EQ(world.settle(), Reason::applied);
    world.resolve("busy");
    EXPECT_EQ(world.settle(), Reason::load_remains);
    EXPECT_NE(sentence(world.last).find("at 2 replicas the alert came back"), std::string::npos);
    EXPECT_EQ(world.last.wake_at, returned + wait);
    world.now = returned + wait - 1ns;
    EXPECT_EQ(world.settle(), Reason::load_remains);
    EXPECT_EQ(world.settle_after(1ns), Reason::applied);
    EXPECT_EQ(world.target.replicas, 2);
  }
  world.now += 2 * 14400s + 31min;
  world.once();
  world.fire("busy");
  const Moment returned = world.now;
  world.settle();
  world.resolve("busy");
  world.settle();
  EXPECT_EQ(world.last.wake_at, returned + 30min) << "what happened long ago is forgotten";
}

TEST(Failure, AReturnAfterHalfAnHourIsNone) {
  Failing world;
  world.once();
  world.now += 31min;
  world.once();
}

TEST(Failure, OnlyTheCountThatFailedAndThoseBelowAreLeftAlone) {
  World world{2};
  world.rule("busy", Action::scale_out, Step{2}).while_firing = 60s;
  world.fire("busy");
  world.settle();
  world.now += 60s;
  world.fire("busy");
  world.settle();
  ASSERT_EQ(world.target.replicas, 6);
  world.resolve("busy");
  world.settle();
  ASSERT_EQ(world.target.replicas, 4);
  world.fire("busy");
  const Moment returned = world.now;
  world.settle();
  world.now += 60s;
  world.fire("busy");
  world.settle();
  ASSERT_EQ(world.target.replicas, 8);
  world.resolve("busy");
  world.settle();
  EXPECT_EQ(world.target.replicas, 6) << "4 has failed, not 6";
  EXPECT_EQ(world.settle(), Reason::applied) << "5 has not failed either";
  EXPECT_EQ(world.target.replicas, 5);
  EXPECT_EQ(world.settle(), Reason::load_remains);
  world.now = returned + 30min;
  world.settle();
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Failure, AScaleInAndADryRunAreNoReturn) {
  for (const bool tries : {false, true}) {
    Failing world;
    world.rule("other", tries ? Action::scale_out : Action::scale_in, Step{1}).dry_run = tries;
    world.once();
    world.fire("other");
    EXPECT_TRUE(world.memory.failures.empty());
  }
}

TEST(Failure, TheHighestIsNamedAndWhenItEnds) {
  Memory memory;
  const Moment now{1h};
  note_failure(memory, 3, now);
  note_failure(memory, 5, now + 10min);
  ASSERT_TRUE(blocked(memory, now + 15min));
  EXPECT_EQ(blocked(memory, now + 15min)->replicas, 5);
  EXPECT_EQ(blocked(memory, now + 15min)->until, now + 40min);
  EXPECT_FALSE(blocked(memory, now + 40min));
  forget_failures(memory, now + 92min);
  EXPECT_EQ(memory.failures.size(), 1u);
}

}  // namespace
}  // namespace scalehook::scaling
