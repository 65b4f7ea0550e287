#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct PausedLoop : Loop {
  void pause(scaling::Pause pause) {
    auto done = engine->pause(std::move(pause));
    runtime.settle();
    done.get();
  }
  std::size_t resume(const std::string& target = {}, const std::string& rule = {}) {
    auto ended = engine->resume(target, rule);
    runtime.settle();
    return ended.get();
  }
};

TEST(Pause, EverythingUntilItIsResumed) {
  PausedLoop loop;
  loop.cluster.workloads["test"] = {2};
  loop.pause({});
  const auto id = loop.notify({loop.alert("test")});
  EXPECT_EQ(loop.reasons(id), "paused");
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  EXPECT_EQ(loop.resume(), 1u);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "the claim was tracked meanwhile";
}

TEST(Pause, OneTargetOneRuleOneDirection) {
  struct Row {
    const char* what;
    scaling::Pause pause;
    const char* reason;
  };
  for (const auto& row : {
           Row{"this target", {"deployment default/test", "", "", {}, "", {}}, "paused"},
           Row{"another target", {"deployment default/other", "", "", {}, "", {}}, "applied"},
           Row{"this rule", {"", "from-labels", "", {}, "", {}}, "paused"},
           Row{"another rule", {"", "other", "", {}, "", {}}, "applied"},
           Row{"this direction", {"", "", "out", {}, "", {}}, "paused"},
           Row{"the other direction", {"", "", "in", {}, "", {}}, "applied"},
       }) {
    PausedLoop loop;
    loop.cluster.workloads["test"] = {2};
    loop.pause(row.pause);
    EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), row.reason) << row.what;
  }
}

// Somebody else's pause of one direction does not lift one of both.
TEST(Pause, OfOneDirectionLeavesThatOfBothInForce) {
  PausedLoop loop;
  loop.cluster.workloads["test"] = {2};
  loop.pause({});
  loop.pause({"", "", "in", {}, "", {}});
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "paused");
  loop.restart();
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  EXPECT_EQ(loop.resume(), 2u);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Pause, EndsByItself) {
  PausedLoop loop;
  loop.cluster.workloads["test"] = {2};
  loop.pause({"", "", "", loop.runtime.now() + 10s, "a deployment", {}});
  const auto id = loop.notify({loop.alert("test")});
  EXPECT_EQ(loop.reasons(id), "paused");
  EXPECT_THAT(std::string{loop.told.back().at("explanation").as_string()},
              ::testing::HasSubstr("everything is paused until 20"));
  EXPECT_THAT(std::string{loop.told.back().at("explanation").as_string()},
              ::testing::HasSubstr("Z: a deployment"));
  loop.runtime.pass(9s);
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  loop.runtime.pass(2s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Pause, OfARuleEndsOnceTheRuleIsResumed) {
  PausedLoop loop;
  loop.cluster.workloads["test"] = {2};
  loop.pause({"", "from-labels", "", {}, "", {}});
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "paused");
  EXPECT_EQ(loop.resume("", "another"), 0u);
  EXPECT_EQ(loop.resume("deployment default/test"), 0u);
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  EXPECT_EQ(loop.resume("", "from-labels"), 1u);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Pause, ARestoreWaitsForItsEnd) {
  PausedLoop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.pause({"", "", "in", loop.runtime.now() + 5min, "", {}});
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test", alert::Status::resolved)})), "paused");
  loop.runtime.pass(5min - 1s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
  loop.runtime.pass(2s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
}

TEST(Pause, ATargetThatNothingIsToBeDoneForIsNotLookedAtAtItsEnd) {
  PausedLoop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.pause({"deployment default/other", "", "", {}, "", {}});
  loop.pause({"", "", "out", loop.runtime.now() + 5min, "", {}});
  loop.notify({loop.alert("test", alert::Status::resolved)});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
  const int reads = loop.cluster.reads;
  loop.runtime.pass(10min);
  EXPECT_EQ(loop.cluster.reads, reads);
}

TEST(Pause, IsForgottenOnceItHasEnded) {
  PausedLoop loop;
  loop.restart();  // with the sweep of a start
  loop.pause({"", "from-labels", "", {}, "", {}});
  loop.pause({"", "", "", loop.runtime.now() + 5min, "", {}});
  EXPECT_EQ(loop.kept("pause").size(), 2u);
  loop.runtime.pass(1h + 1s);
  EXPECT_EQ(loop.kept("pause").size(), 1u);
}

TEST(Pause, SurvivesARestart) {
  PausedLoop loop;
  loop.cluster.workloads["test"] = {2};
  loop.pause({"deployment default/test", "", "", {}, "", {}});
  loop.restart();
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "paused");
  EXPECT_EQ(loop.resume("deployment default/test"), 1u);
  loop.restart();
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "and so does its end";
}

}  // namespace
}  // namespace scalehook::dispatch
