#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using alert::Status;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Restart, AnAlertThatStillFiresIsGrantedNoFurtherStep) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.restart();
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "duplicate");
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Restart, WhatIsResolvedAfterwardsIsTakenBack) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.restart();
  loop.notify({loop.alert("test", alert::Status::resolved)});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
}

TEST(Restart, ACooldownGoesOn) {
  Loop loop;
  loop.config.rules[0].behavior.cooldown = {0s, 5min};
  loop.restart();
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.runtime.pass(2min);
  loop.restart();
  const auto id = loop.notify({loop.alert("test", alert::Status::resolved)});
  EXPECT_EQ(loop.reasons(id), "cooldown");
  loop.runtime.pass(4min + 50s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
  loop.runtime.pass(15s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2)) << "delayed, and not dropped";
}

TEST(Restart, WhatWasLeftToDoIsDone) {
  Loop loop;
  loop.config.rules[0].behavior.cooldown = {0s, 5min};
  loop.restart();
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.notify({loop.alert("test", alert::Status::resolved)});
  loop.restart();
  loop.runtime.pass(6min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
}

// One target's server is down, so that the notification of both is not finished.
TEST(Restart, WhatWasDecidedBeforeIsNotDecidedAgain) {
  Loop loop;
  loop.cluster.workloads["one"] = {2};
  loop.cluster.workloads["two"] = {2};
  loop.cluster.read_faults = {{}, fault(plugin::Status::retry)};
  loop.cluster.read_faults.front().status = plugin::Status::ok;
  const auto both = loop.notify({loop.alert("one"), loop.alert("two")});
  ASSERT_FALSE(loop.finished.contains(both));
  loop.notify({loop.alert("one", alert::Status::resolved)});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
  for (int fault_number = 0; fault_number < 100; ++fault_number) {
    loop.cluster.read_faults.push_back(fault(plugin::Status::retry));
  }
  loop.runtime.pass(2min);
  loop.cluster.read_faults.clear();
  loop.restart();
  EXPECT_TRUE(loop.finished.contains(both));
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2, 3)) << "two, and not one again";
  EXPECT_EQ(loop.cluster.workloads["one"].replicas, 2);
}

// The write was made, and we ended before we heard of it.
TEST(Restart, AWriteThatWasMadeIsOurs) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.lose_next_answer = true;
  loop.notify({loop.alert("test")});
  loop.told.clear();
  loop.restart();
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
  ASSERT_FALSE(loop.told.empty());
  const auto& told = loop.told.front();
  EXPECT_EQ(told.at("kind"), "scaled") << "it is on record, and notifiers hear of it";
  EXPECT_EQ(told.at("from"), 2);
  EXPECT_EQ(told.at("to"), 3);
  EXPECT_TRUE(told.at("explanation").as_string().starts_with("rule \"from-labels\" asks for 3"))
      << told.at("explanation");
  loop.notify({loop.alert("test", alert::Status::resolved)});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
}

// Rule 29: what may have ended unheard while we were down is not acted upon at once.
TEST(Restart, NothingIsScaledInAtOnceThatWasNotConfirmedSince) {
  Loop loop;
  loop.config.rules[0].behavior.cooldown = {0s, 0s};
  loop.cluster.workloads["test"] = {2};
  auto idle = loop.alert("test");
  idle.labels["action"] = "scale-in";
  loop.cluster.read_faults.push_back(fault(plugin::Status::denied, "forbidden"));
  loop.notify({idle});
  loop.runtime.pass(10s);
  loop.restart();
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  loop.runtime.pass(4min);
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  loop.runtime.pass(1min + 5s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(1));
}

// Whatever the wall clock says of the time since.
TEST(Restart, WhatIsTakenUpAgainConfirmsNothing) {
  for (const auto clock_set : {0min, -10min, 10min}) {
    for (const bool resolved : {false, true}) {
      Loop loop;
      loop.cluster.workloads["test"] = {4};
      auto alert = loop.alert("test");
      if (resolved) {
        loop.notify({alert});
        alert = loop.alert("test", alert::Status::resolved);
      } else {
        alert.labels["action"] = "scale-in";
      }
      loop.cluster.writes.clear();
      loop.cluster.read_faults.assign(50, fault(plugin::Status::retry));
      const auto id = loop.notify({alert});
      loop.runtime.pass(10s);
      ASSERT_FALSE(loop.finished.contains(id));
      loop.cluster.read_faults.clear();
      loop.runtime.wall_offset = clock_set;
      loop.restart();
      EXPECT_EQ(loop.reasons(id), "failed unconfirmed");
      loop.runtime.pass(4min);
      EXPECT_THAT(loop.cluster.writes, IsEmpty());
      loop.runtime.pass(1min + 5s);
      EXPECT_EQ(loop.cluster.writes.size(), 1u);
    }
  }
}

// Others take back what we write until we give in; resumed by hand, we write again.
TEST(Restart, WhatWasContestedAndWasResumedIsNotContestedAgain) {
  for (const bool restarted : {false, true}) {
    Loop loop;
    loop.config.rules[0].behavior.policy = scaling::Set{4};
    loop.restart();
    auto& workload = loop.cluster.workloads["test"];
    workload = {2};
    const auto take_back = [&] {
      workload.replicas = 2;
      ++workload.version;
    };
    for (int times = 0; times < 3; ++times) {
      loop.notify({loop.alert("test")});
      EXPECT_EQ(workload.replicas, 4);
      take_back();
    }
    EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "contested");
    loop.restart();
    EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "contested") << "it is kept";
    workload.replicas = 4;  // they have come round, so that nothing is to be written
    ++workload.version;
    loop.runtime.pass(2min);
    loop.engine->resume("deployment default/test", "");
    loop.runtime.settle();
    if (restarted) loop.restart();
    take_back();
    loop.notify({loop.alert("test")});
    EXPECT_EQ(workload.replicas, 4) << "once is no contest";
  }
}

// Scaling out clears the alert, coming back raises it again.
TEST(Restart, ACountThatFailedIsLeftAloneOverARestart) {
  for (const bool restarted : {false, true}) {
    Loop loop;
    loop.cluster.workloads["test"] = {2};
    auto alert = loop.alert("test");
    const auto turn = [&](Status status) {
      alert.status = status;
      if (status == Status::firing) alert.starts_at += 2h;
      alert.ends_at = alert.starts_at + 1h;
      return loop.reasons(loop.notify({alert}));
    };
    turn(Status::firing);
    EXPECT_EQ(turn(Status::resolved), "applied");
    loop.runtime.pass(5min);
    if (restarted) loop.restart();
    EXPECT_EQ(turn(Status::firing), "applied");
    if (restarted) loop.restart();
    EXPECT_EQ(turn(Status::resolved), "load-remains");
    if (restarted) loop.restart();
    loop.runtime.pass(30min - 1s);
    EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2, 3));
    loop.runtime.pass(2s);
    EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2, 3, 2));
  }
}

TEST(Restart, TargetsOfOneTextAreKeptApart) {
  Loop loop;
  loop.config.rules[0].selection.target = {{"a", "${a}"}, {"b", "${b}"}, {"name", "${deployment}"}};
  loop.restart();
  loop.cluster.workloads["test"] = {2};
  auto one = loop.alert("test");
  one.labels.insert({{"a", "x/y"}, {"b", "z"}});
  auto other = loop.alert("test");
  other.labels.insert({{"a", "x"}, {"b", "y/z"}});
  loop.notify({one});
  loop.notify({other});
  loop.restart();
  EXPECT_EQ(loop.reasons(loop.notify({one})), "duplicate");
  EXPECT_EQ(loop.reasons(loop.notify({other})), "duplicate");
}

// A version that named states by the target's text, and that may run again in between.
TEST(Restart, AStateOfAnOlderVersionIsTakenOver) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  const auto kept = loop.kept("target");
  ASSERT_EQ(kept.size(), 1u);
  const auto& [name, firing] = *kept.begin();
  loop.notify({loop.alert("test", Status::resolved)});
  const std::string resolved = loop.kept("target").at(name);
  loop.cluster.workloads["test"].replicas = 3;
  for (const char* ours : {"", resolved.c_str()}) {
    loop.states[{"target", name}] = ours;
    loop.states[{"target", "deployment default/test"}] = firing;
    loop.restart();
    EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "duplicate");
    EXPECT_THAT(loop.kept("target"), ElementsAre(testing::Key(name)));
  }
}

TEST(Restart, ATargetThatNothingIsRememberedOfIsForgotten) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.notify({loop.alert("test", alert::Status::resolved)});
  loop.restart();  // its sweep is what the daemon's start begins
  loop.runtime.pass(23h);
  EXPECT_EQ(loop.kept("target").size(), 1u) << "a repeat of the alert is still told from a new one";
  loop.runtime.pass(3h);
  EXPECT_THAT(loop.kept("target"), IsEmpty());
}

// One target's server is down, so that its notification has begun and is not finished.
TEST(Restart, WhatWasLostOnDiskIsHandedOverOnceMore) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  auto pausing = loop.engine->pause({"deployment default/other", "", "", {}, "", {}});
  loop.runtime.settle();
  pausing.get();
  loop.cluster.is_down = true;
  loop.notify({loop.alert("down"), loop.alert("Not A Name")});
  ASSERT_THAT(loop.kept(Engine::begun_kind), testing::SizeIs(1));
  const auto before = loop.states;
  loop.states.clear();
  loop.engine->remember_all();
  loop.runtime.settle();
  EXPECT_THAT(loop.states, testing::IsSupersetOf(before));
  EXPECT_THAT(loop.kept(Engine::target_kind), testing::SizeIs(2)) << "also what is not decided yet";
}

}  // namespace
}  // namespace scalehook::dispatch
