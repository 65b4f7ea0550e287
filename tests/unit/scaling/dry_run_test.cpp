// What is only tried neither stops what is real nor takes its place.
#include <gtest/gtest.h>

#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

TEST(DryRun, BesideARealRule) {
  World world{3};
  world.rule("real", Action::scale_out, Set{5});
  world.rule("trial", Action::scale_out, Set{8}).dry_run = true;
  world.fire("trial");
  world.fire("real");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 5);
  world.resolve("trial");
  world.resolve("real");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.last.rule(), "real");
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(DryRun, OneThatGoesOnFiringHoldsNoRestore) {
  for (const Action action : {Action::scale_out, Action::hold}) {
    World world{3};
    world.rule("real", Action::scale_out, Set{5});
    world.rule("trial", action, Set{8}).dry_run = true;
    world.fire("trial");
    world.fire("real");
    world.settle();
    world.resolve("real");
    EXPECT_EQ(world.settle(), Reason::applied);
    EXPECT_EQ(world.target.replicas, 3);
    world.fire("real");
    world.settle();
    EXPECT_EQ(world.target.replicas, 5) << "the next run";
  }
}

TEST(DryRun, OneThatOpensAndClosesLeavesARestoreAsItIs) {
  World world{3};
  world.rule("real", Action::scale_out, Set{5}).scale_in.stabilization = 300s;
  world.rule("trial", Action::scale_out, Set{5}).dry_run = true;
  world.fire("real");
  world.settle();
  world.resolve("real");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  world.fire("trial");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  world.resolve("trial");
  EXPECT_EQ(world.settle(), Reason::stabilizing);
  EXPECT_EQ(world.settle_after(300s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(DryRun, OneThatIsGoneLeavesARestoreAsItIs) {
  World world{3};
  world.rule("real", Action::scale_out, Set{5}).scale_in.stabilization = 300s;
  world.rule("trial", Action::scale_out, Set{8}).dry_run = true;
  world.fire("trial");
  world.fire("real");
  world.settle();
  world.resolve("real");
  world.settle();
  world.drop("trial");
  EXPECT_EQ(world.settle_after(300s), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(DryRun, OneThatResolvesWhileARealOneFiresLetsNothingDown) {
  World world{3};
  world.rule("real", Action::scale_out, Set{5});
  world.rule("trial", Action::scale_out, Set{8}).dry_run = true;
  world.fire("trial");
  world.fire("real");
  world.settle();
  world.resolve("trial");
  EXPECT_EQ(world.settle(), Reason::no_change);
  world.resolve("real");
  world.settle();
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(DryRun, AloneItGoesThereAndBackWithoutAChange) {
  World world{3};
  world.rule("trial", Action::scale_out, Set{8}).dry_run = true;
  world.fire("trial");
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.last.to, 8);
  world.resolve("trial");
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_TRUE(world.written.empty());
}

}  // namespace
}  // namespace scalehook::scaling
