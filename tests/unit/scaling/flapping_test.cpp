// Rule 25: an alert that comes back soon after its own restore.
#include <gtest/gtest.h>

#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

constexpr seconds usual = 300s;

struct Flapping : World {
  Flapping() : World{2} { rule("busy", Action::scale_out, Step{1}).cooldown.in = usual; }
  // Fires and resolves, and is taken back without a further wait.
  void once() {
    fire("busy");
    ASSERT_EQ(settle(), Reason::applied);
    resolve("busy");
    ASSERT_EQ(settle_after(usual), Reason::applied);
    ASSERT_EQ(target.replicas, 2);
  }
};

TEST(Flapping, EachTimeDoublesTheWait) {
  Flapping world;
  world.once();
  for (const seconds wait : {600s, 1200s, 2400s, 4800s, 7200s, 7200s}) {
    world.fire("busy");
    ASSERT_EQ(world.settle(), Reason::applied);
    world.resolve("busy");
    const Moment resolved = world.now;
    EXPECT_EQ(world.settle(), Reason::flapping);
    EXPECT_EQ(world.last.wake_at, resolved + wait);
    EXPECT_EQ(world.settle_after(wait - 1ns), Reason::flapping);
    EXPECT_EQ(world.settle_after(1ns), Reason::applied);
    EXPECT_EQ(world.target.replicas, 2);
  }
  world.now += 31min;
  world.once();  // it has been quiet for half an hour
}

TEST(Flapping, OneThatComesBackBeforeItsNextRestoreIsFlappingStill) {
  Flapping world;
  world.once();
  world.fire("busy");
  world.settle();
  for (int times = 0; times < 3; ++times) {
    world.resolve("busy");
    const Moment resolved = world.now;
    EXPECT_EQ(world.settle(), Reason::flapping);
    EXPECT_EQ(world.last.wake_at, resolved + 2 * usual) << "it was restored but once";
    world.now += 60s;
    world.fire("busy");
    world.settle();
  }
}

TEST(Flapping, OneThatAlertmanagerTellsOfWhenAskedCountsToo) {
  Flapping world;
  world.fire("busy");
  world.settle();
  const Key key = world.memory.claims.begin()->first;
  close_as_gone(world.memory, key, world.now += usual);
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_TRUE(reopen(world.memory, key, world.now += 60s));
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
  close_as_gone(world.memory, key, world.now += 10s);
  EXPECT_EQ(world.settle_after(usual), Reason::flapping);
}

TEST(Flapping, ARestoreInPartsCountsAsOne) {
  World world{2};
  world.rule("busy", Action::scale_out, Set{6}).scale_in.policies = {
      {.pods = 1, .percent = {}, .period = 60s}};
  world.fire("busy");
  world.settle();
  world.resolve("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  world.fire("busy");
  EXPECT_EQ(world.settle(), Reason::applied);
  world.resolve("busy");
  EXPECT_EQ(world.settle_after(60s), Reason::flapping);
}

// What is taken back because a smaller one fires now waits as what is taken back altogether.
TEST(Flapping, ItWaitsBesideAnotherThatFires) {
  Flapping world;
  world.rule("small", Action::scale_out, Set{3});
  world.rule("large", Action::scale_out, Set{6}).cooldown.in = usual;
  world.fire("large");
  world.settle();
  world.resolve("large");
  EXPECT_EQ(world.settle_after(usual), Reason::applied);
  world.fire("large");
  world.settle();
  world.resolve("large");
  EXPECT_EQ(world.settle(), Reason::flapping);
  world.fire("small");
  EXPECT_EQ(world.settle(), Reason::flapping);
  EXPECT_EQ(world.settle_after(2 * usual), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
}

}  // namespace
}  // namespace scalehook::scaling
