// A notification is looked at while it is being written, and nothing comes of it before it is.
#include <gtest/gtest.h>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

struct Expecting : ::testing::Test {
  Expecting() {
    loop.cluster.workloads["test"].replicas = 2;
    loop.engine->start();
    loop.runtime.settle();
  }

  std::string receive(const std::shared_ptr<Engine::Coming>& coming) {
    loop.engine->receive(++loop.last_id, coming);
    loop.runtime.settle();
    return loop.reasons(loop.last_id);
  }
  std::vector<alert::Alert> firing() { return {loop.alert("test")}; }

  Loop loop;
};

TEST_F(Expecting, ItsTargetIsReadMeanwhileAndNotAgain) {
  const auto coming = loop.expect(firing());
  EXPECT_EQ(loop.cluster.reads, 1);
  EXPECT_EQ(receive(coming), "applied");
  EXPECT_EQ(loop.cluster.reads, 1);
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 3);
}

TEST_F(Expecting, ItIsOnDiskBeforeItsTargetIsRead) {
  loop.cluster.hold_back = true;
  const auto coming = loop.expect(firing());
  loop.engine->receive(++loop.last_id, coming);
  loop.runtime.settle();
  EXPECT_TRUE(loop.cluster.writes.empty());
  loop.cluster.let_go();
  loop.runtime.settle();
  EXPECT_EQ(loop.reasons(loop.last_id), "applied");
  EXPECT_EQ(loop.cluster.reads, 1);
}

TEST_F(Expecting, NothingComesOfOneThatIsRefused) {
  loop.expect(firing());
  loop.runtime.pass(1h);
  EXPECT_TRUE(loop.cluster.writes.empty());
  EXPECT_TRUE(loop.kept(Engine::target_kind).empty());
  EXPECT_TRUE(loop.records.empty() || loop.records[0].empty());
  EXPECT_EQ(loop.engine->undecided(), 0u);
}

TEST_F(Expecting, AResolveThatIsRefusedClosesNothing) {
  loop.notify(firing());
  ASSERT_EQ(loop.cluster.workloads["test"].replicas, 3);
  loop.expect({loop.alert("test", alert::Status::resolved)});
  loop.runtime.pass(1h);
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 3);
}

TEST_F(Expecting, AReadingOfLongAgoIsNotUsed) {
  const auto coming = loop.expect(firing());
  loop.cluster.workloads["test"] = {7, 2};
  loop.runtime.pass(2s);
  EXPECT_EQ(receive(coming), "applied");
  EXPECT_EQ(loop.cluster.reads, 2);
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 8);
}

TEST_F(Expecting, WhatDoesNotAnswerIsNotAskedOnceMore) {
  loop.cluster.hold_back = true;
  std::shared_ptr<Engine::Coming> coming;
  for (int seconds = 0; seconds < 5; ++seconds) {
    coming = loop.expect(firing());
    loop.runtime.pass(1s);
  }
  loop.engine->receive(++loop.last_id, coming);
  loop.runtime.settle();
  EXPECT_EQ(loop.cluster.reads, 1);
  loop.cluster.let_go();
  loop.runtime.settle();
  EXPECT_EQ(loop.reasons(loop.last_id), "applied");
  EXPECT_EQ(loop.cluster.reads, 1);
}

TEST_F(Expecting, AFaultOfTheReadingIsTriedAgain) {
  loop.cluster.read_faults = {fault(plugin::Status::retry)};
  const auto coming = loop.expect(firing());
  loop.engine->receive(++loop.last_id, coming);
  loop.runtime.pass(10s);
  EXPECT_EQ(loop.reasons(loop.last_id), "applied");
  EXPECT_EQ(loop.cluster.reads, 2);
}

TEST_F(Expecting, AReloadMeanwhileGivesItsAlertsTheNewMeaning) {
  const auto coming = loop.expect(firing());
  loop.config.rules[0].behavior.policy = scaling::Set{6};
  loop.engine->configure(loop.setup());
  loop.runtime.settle();
  EXPECT_EQ(receive(coming), "applied");
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 6);
}

TEST_F(Expecting, AStormThatIsRefusedReadsOnceASecond) {
  for (int times = 0; times < 100; ++times) {
    loop.expect(firing());
    loop.runtime.pass(100ms);
  }
  EXPECT_LE(loop.cluster.reads, 11);
}

}  // namespace
}  // namespace scalehook::dispatch
