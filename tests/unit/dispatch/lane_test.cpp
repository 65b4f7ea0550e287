// Faults, and what happens while a call runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using testing::ElementsAre;

TEST(Lane, WhatComesWhileACallRunsIsDecidedTogether) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.hold_back = true;
  const auto first = loop.notify({loop.alert("test")});
  std::vector<std::int64_t> others;
  for (int more = 0; more < 9; ++more) {
    auto alert = loop.alert("test");
    alert.labels["instance"] = std::to_string(more);
    others.push_back(loop.notify({alert}));
  }
  EXPECT_TRUE(loop.finished.empty());
  loop.cluster.let_go();
  loop.runtime.settle();
  EXPECT_EQ(loop.cluster.reads, 1);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
  EXPECT_EQ(loop.reasons(first), "coalesced");
  EXPECT_EQ(loop.reasons(others.front()), "coalesced");
  EXPECT_EQ(loop.reasons(others.back()), "applied");
}

TEST(Lane, RepeatsThatComeWhileACallRunsAreOneRecord) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.cluster.hold_back = true;
  for (int times = 0; times < 1000; ++times) {
    loop.runtime.pass(1ms);
    loop.notify({loop.alert("test")});
  }
  auto another = loop.alert("test");
  another.labels["instance"] = "another";
  const auto news = loop.notify({another});
  const auto last = loop.notify({loop.alert("test")});
  loop.cluster.let_go();
  loop.runtime.settle();

  EXPECT_EQ(loop.engine->undecided(), 0u);
  const auto& records = loop.finished.at(500);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].reason, "coalesced");
  EXPECT_EQ(records[0].notification, 1001) << "the last of them";
  const auto told = boost::json::parse(records[0].json);
  EXPECT_EQ(told.at("count"), 1000);
  EXPECT_EQ(told.at("first_notification"), 2);
  EXPECT_NE(told.at("first_received_at"), told.at("received_at"));
  EXPECT_EQ(told.at("alerts").as_array().size(), 1u) << "the same alert each time";
  EXPECT_EQ(loop.reasons(news), "coalesced") << "it has a record of its own";
  EXPECT_FALSE(boost::json::parse(loop.finished.at(news)[0].json).as_object().contains("count"));
  EXPECT_EQ(loop.reasons(last), "duplicate");
  EXPECT_THAT(loop.metrics.render(),
              testing::HasSubstr(
                  R"(scalehook_decisions_total{reason="coalesced",scaler="deployment"} 1001)"));
}

TEST(Lane, TheRecordOfRepeatsSaysHowManyAlertsItDoesNotName) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  std::vector<alert::Alert> many;
  for (int number = 0; number < 20; ++number) {
    many.push_back(loop.alert("test"));
    many.back().labels["pod"] = std::to_string(number);
  }
  loop.notify(many);
  loop.cluster.hold_back = true;
  loop.notify({loop.alert("test")});  // news, which is asked about
  const auto repeat = loop.notify({many.begin(), many.begin() + 18});
  loop.notify({many.begin() + 2, many.end()});
  const auto last = loop.notify(many);
  loop.cluster.let_go();
  loop.runtime.settle();

  const auto told = boost::json::parse(loop.finished.at(repeat).at(0).json).as_object();
  EXPECT_EQ(told.at("count"), 2);
  EXPECT_EQ(told.at("alerts").as_array().size(), 16u);
  EXPECT_EQ(told.at("truncated_alerts"), 4);
  const auto whole = boost::json::parse(loop.finished.at(last).at(0).json).as_object();
  EXPECT_EQ(whole.at("alerts").as_array().size(), 20u);
  EXPECT_FALSE(whole.contains("truncated_alerts"));
}

TEST(Lane, RepeatsAreDecidedAtOnceUntilTheyAreAStorm) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  for (int times = 0; times < 10; ++times) {
    EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "duplicate");
  }
  const int reads = loop.cluster.reads;
  std::int64_t last = 0;
  for (int milliseconds = 0; milliseconds < 10'000; ++milliseconds) {
    last = loop.notify({loop.alert("test")});
    loop.runtime.pass(1ms);
  }
  EXPECT_GE(loop.cluster.reads - reads, 38);
  EXPECT_LE(loop.cluster.reads - reads, 42);
  loop.runtime.pass(250ms);
  EXPECT_TRUE(loop.finished.contains(last));
  EXPECT_EQ(loop.engine->undecided(), 0u);
}

TEST(Lane, NewsIsDecidedAtOnceInAStormToo) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  for (int times = 0; times < 20; ++times) loop.notify({loop.alert("test")});
  EXPECT_GT(loop.engine->undecided(), 0u) << "the storm is paced";
  const auto news = loop.notify({loop.alert("test", alert::Status::resolved)});
  EXPECT_EQ(loop.engine->undecided(), 0u);
  EXPECT_EQ(loop.reasons(news), "applied");
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 2);
}

// A pause comes between its intent and the write, and somebody else sets that very count.
TEST(Lane, AChangeThatIsTakenBackIsNotTakenForMade) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.hold_stores = true;
  const auto id = loop.notify({loop.alert("test")});
  auto pause = loop.engine->pause(scaling::Pause{});
  loop.runtime.settle();
  loop.cluster.workloads["test"] = {3};
  loop.let_stores_go();
  EXPECT_THAT(loop.cluster.writes, testing::IsEmpty());
  EXPECT_EQ(loop.reasons(id).find("applied"), std::string::npos) << loop.reasons(id);
}

TEST(Lane, AConflictIsReadAndDecidedAgain) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.write_faults = {fault(plugin::Status::conflict), fault(plugin::Status::conflict)};
  const auto id = loop.notify({loop.alert("test")});
  loop.runtime.pass(1s);
  EXPECT_EQ(loop.reasons(id), "applied");
  EXPECT_EQ(loop.cluster.reads, 3);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

// Somebody else sets the same count just before us.
TEST(Lane, AWriteThatIsTurnedDownIsNotTakenForOurs) {
  for (const auto status : {plugin::Status::conflict, plugin::Status::denied,
                            plugin::Status::invalid, plugin::Status::refused}) {
    Loop loop;
    loop.config.rules[0].behavior.policy = scaling::Set{5};
    loop.restart();
    loop.cluster.workloads["test"] = {2};
    loop.cluster.write_faults = {fault(status)};
    loop.cluster.on_write = [&] { loop.cluster.workloads["test"] = {5, 2}; };
    loop.notify({loop.alert("test")});
    loop.runtime.pass(1s);
    loop.notify({loop.alert("test", alert::Status::resolved)});
    loop.runtime.pass(10min);
    EXPECT_EQ(loop.cluster.workloads["test"].replicas, 5) << static_cast<int>(status);
  }
}

TEST(Lane, WhatThePluginSaysOfItsChangeIsTold) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.write_faults = {{plugin::Status::ok, "", "it was asked twice", std::nullopt}};
  loop.notify({loop.alert("test")});
  ASSERT_EQ(loop.told.size(), 1u);
  EXPECT_THAT(std::string(loop.told[0].at("explanation").as_string()),
              testing::EndsWith("asks for 3 replicas (1 more a step); it was asked twice"));
}

TEST(Lane, WhatAPolicyMakesOfItsCountIsItsOwn) {
  Loop loop;
  loop.config.rules[0].behavior.policy = scaling::Step{3};
  loop.restart();
  loop.cluster.workloads["test"] = {2};
  loop.cluster.most = 4;
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "applied");
  EXPECT_EQ(loop.told.back().at("to"), 4);

  auto another = loop.alert("test");
  another.labels["instance"] = "another";
  EXPECT_EQ(loop.reasons(loop.notify({another})), "refused-by-cluster") << "no more is let through";
  another.status = alert::Status::resolved;
  loop.notify({another, loop.alert("test", alert::Status::resolved)});
  loop.runtime.pass(10min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(4, 4, 2)) << "it goes back to its own baseline";
}

TEST(Lane, ADeadServerIsTriedUntilItIsBack) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  for (int times = 0; times < 20; ++times) {
    loop.cluster.read_faults.push_back(fault(plugin::Status::retry, "unreachable"));
  }
  const auto id = loop.notify({loop.alert("test")});
  loop.runtime.pass(1min);
  EXPECT_FALSE(loop.finished.contains(id));
  ASSERT_EQ(loop.told.size(), 1u) << "told once that it fails, not at each try";
  EXPECT_EQ(loop.told[0].at("kind"), "failed");
  EXPECT_EQ(loop.told[0].at("explanation"), "read: as injected; scalehook goes on trying");
  loop.runtime.pass(10min);
  EXPECT_EQ(loop.reasons(id), "failed applied");
  EXPECT_GE(loop.cluster.reads, 21);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Lane, WhatWaitsForADeadServerIsNamedInItsRecords) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.read_faults.assign(50, fault(plugin::Status::retry));
  for (int times = 0; times < 40; ++times) {
    auto alert = loop.alert("test");
    alert.labels["instance"] = std::to_string(times);
    alert.annotations["summary"] = "long";
    loop.notify({alert});
  }
  loop.cluster.read_faults.clear();
  loop.runtime.pass(1min);
  EXPECT_EQ(loop.cluster.last_write_input->at("alerts").as_array().size(), 16u);
  ASSERT_EQ(loop.reasons(1), "coalesced");
  for (const std::int64_t id : {1, 23, 24, 40}) {
    const auto record = boost::json::parse(loop.finished.at(id).at(0).json);
    const auto& alert = record.at("alerts").at(0);
    EXPECT_EQ(alert.at("labels").at("alertname"), "Busy");
    EXPECT_EQ(alert.at("status"), "firing");
    EXPECT_EQ(alert.at("starts_at"), "2025-12-18T00:00:00.000Z");
    EXPECT_EQ(alert.at("annotations").as_object().contains("summary"), id > 24) << id;
  }
}

TEST(Lane, RetryAfterIsHonoured) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  auto busy = fault(plugin::Status::retry, "http-429");
  busy.retry_after = 20s;
  loop.cluster.write_faults = {busy};
  const auto id = loop.notify({loop.alert("test")});
  loop.runtime.pass(19s);
  EXPECT_FALSE(loop.finished.contains(id));
  loop.runtime.pass(2s);
  EXPECT_EQ(loop.reasons(id), "applied");
}

TEST(Lane, EachFaultHasItsReason) {
  struct Row {
    plugin::Outcome outcome;
    const char* reason;
  };
  for (const auto& [outcome, reason] :
       {Row{fault(plugin::Status::denied, "http-403"), "refused-by-cluster"},
        Row{fault(plugin::Status::invalid, "http-422"), "refused-by-cluster"},
        Row{fault(plugin::Status::refused, "hpa-owns"), "hpa-owns"},
        Row{fault(plugin::Status::refused, "owner-unknown"), "owner-unknown"},
        Row{fault(plugin::Status::refused, "of-its-own"), "refused-by-cluster"},
        Row{fault(plugin::Status::not_found), "not-found"},
        Row{fault(plugin::Status::failed), "failed"}}) {
    for (auto* faults : {"read", "write"}) {
      Loop loop;
      loop.cluster.workloads["test"] = {2};
      (faults == std::string{"read"} ? loop.cluster.read_faults
                                     : loop.cluster.write_faults) = {outcome};
      const auto id = loop.notify({loop.alert("test")});
      EXPECT_EQ(loop.reasons(id), reason) << faults;
      EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "applied")
          << "the claim is kept, so the next notification tries again";
    }
  }
}

TEST(Lane, AResolveThatComesWhileItScalesOutIsRestoredAfterwards) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.post({loop.alert("test")});
  loop.cluster.on_write = [&] { loop.post({loop.alert("test", alert::Status::resolved)}); };
  loop.runtime.settle();
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
}

TEST(Lane, AReloadThatComesWhileItWritesIsNotForgotten) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.config.rules[0].behavior.policy = scaling::Set{8};
  loop.config.rules[0].behavior.limits = {1, 4};
  loop.engine->configure(loop.setup());
  loop.post({loop.alert("test")});
  loop.cluster.on_write = [&] {
    loop.config.rules[0].behavior.limits.max = 6;
    loop.engine->configure(loop.setup());
  };
  loop.runtime.settle();
  EXPECT_THAT(loop.cluster.writes, ElementsAre(4, 6));
}

TEST(Lane, AWriteWhoseAnswerWasLostIsKnownByItsCount) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.lose_next_answer = true;
  const auto id = loop.notify({loop.alert("test")});
  loop.runtime.pass(1s);
  EXPECT_EQ(loop.reasons(id), "applied");
  ASSERT_EQ(loop.told.size(), 1u);
  EXPECT_EQ(loop.told[0].at("from"), 2);
  EXPECT_EQ(loop.told[0].at("to"), 3);
  loop.notify({loop.alert("test", alert::Status::resolved)});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2)) << "it is ours to undo";
}

TEST(Lane, ARestoreThatIsRefusedIsTriedAgain) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.cluster.write_faults = {fault(plugin::Status::failed), fault(plugin::Status::denied)};
  const auto id = loop.notify({loop.alert("test", alert::Status::resolved)});
  EXPECT_EQ(loop.reasons(id), "failed");
  EXPECT_EQ(loop.told.back().at("from"), 3);
  EXPECT_EQ(loop.told.back().at("wanted"), 2);
  EXPECT_EQ(loop.told.back().at("rule"), "from-labels");
  loop.runtime.pass(5min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
  EXPECT_EQ(loop.told.back().at("kind"), "scaled");
}

TEST(Lane, WhatIsGoneIsNotRestoredAndNotLookedAfter) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.cluster.workloads.clear();
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test", alert::Status::resolved)})), "not-found");
  const int reads = loop.cluster.reads;
  loop.runtime.pass(1h);
  EXPECT_EQ(loop.cluster.reads, reads);
}

TEST(Lane, ConflictsWithoutEndAreToldOfAndNotGivenUp) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  for (int times = 0; times < 1000; ++times) {
    loop.cluster.write_faults.push_back(fault(plugin::Status::conflict));
  }
  const auto id = loop.notify({loop.alert("test")});
  loop.runtime.pass(1s);
  EXPECT_LE(loop.cluster.reads, 15) << "a few at once, and then with growing delays";
  loop.runtime.pass(1min);
  ASSERT_THAT(loop.told, testing::SizeIs(1));
  EXPECT_EQ(loop.told[0].at("reason"), "failed");
  EXPECT_FALSE(loop.finished.contains(id)) << "it would be taken up again after a restart";
  loop.cluster.write_faults.clear();
  loop.runtime.pass(31s);
  EXPECT_EQ(loop.reasons(id), "failed applied");
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Lane, PluginsCanAskWhatIsBehindACall) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  const auto& input = *loop.cluster.last_write_input;
  EXPECT_EQ(input.at_pointer("/rule/name"), "from-labels");
  EXPECT_EQ(input.at_pointer("/target/name"), "test");
  EXPECT_EQ(input.at_pointer("/decision/from"), 2);
  EXPECT_EQ(input.at_pointer("/decision/to"), 3);
  EXPECT_EQ(input.at_pointer("/alerts/0/labels/alertname"), "Busy");
}

// A restore that a timer began is being written when the alert fires again.
TEST(Lane, WhatArrivesDuringATimersWriteIsDecidedOnItsOwn) {
  Loop loop;
  loop.config.rules[0].behavior.cooldown = {0s, 5min};
  loop.restart();
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.notify({loop.alert("test", alert::Status::resolved)});
  std::int64_t id = 0;
  auto again = loop.alert("test");
  again.starts_at += 2h;
  loop.cluster.on_write = [&] { id = loop.post({again}); };
  loop.runtime.pass(6min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2, 3));
  EXPECT_EQ(loop.reasons(id), "applied");
  EXPECT_EQ(boost::json::parse(loop.finished.at(id)[0].json).at("direction"), "out");
}

// A timer's write of which only the next reading tells.
TEST(Lane, AWriteOfATimerWhoseAnswerIsLostIsRecorded) {
  Loop loop;
  loop.config.rules[0].behavior.cooldown = {0s, 5min};
  loop.restart();
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.notify({loop.alert("test", alert::Status::resolved)});
  loop.cluster.lose_next_answer = true;
  loop.runtime.pass(6min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
  ASSERT_FALSE(loop.finished[0].empty());
  EXPECT_EQ(loop.finished[0].back().reason, "applied");
}

}  // namespace
}  // namespace scalehook::dispatch
