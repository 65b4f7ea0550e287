#include "core/dispatch/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "core/alert/parse.hpp"
#include "core/telemetry/metrics.hpp"
#include "tests/unit/dispatch/simulated.hpp"

namespace scalehook::dispatch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct Loop {
  SimulatedRuntime runtime;
  SimulatedCluster cluster;
  telemetry::Metrics metrics{"test"};
  std::map<std::int64_t, std::vector<journal::Record>> finished;
  std::vector<boost::json::value> told;
  std::deque<plugin::Outcome> deliveries;
  config::Config config = config::built_in();
  std::unique_ptr<Engine> engine;
  std::int64_t last_id = 0;

  Loop() {
    for (auto& rule : config.rules) rule.notify = {"watcher"};
    engine = std::make_unique<Engine>(
        runtime, metrics, setup(), [this](std::int64_t id, std::vector<journal::Record> records) {
          EXPECT_FALSE(finished.contains(id) && id != 0) << "finished twice";
          for (auto& record : records) finished[id].push_back(std::move(record));
          finished[id];
        });
  }

  std::shared_ptr<const Setup> setup() {
    auto made = std::make_shared<Setup>();
    made->config = std::make_shared<const config::Config>(config);
    made->scalers["deployment"] = cluster.scaler();
    made->scalers["statefulset"] = cluster.scaler();
    Notifier notifier;
    notifier.notify = [this](const std::string& event, const plugin::Input&,
                             std::chrono::milliseconds,
                             const std::function<void(plugin::Outcome)>& answer) {
      told.push_back(boost::json::parse(event));
      auto outcome = SimulatedCluster::next(deliveries);
      answer(outcome);
    };
    made->notifiers["watcher"] = notifier;
    return made;
  }

  alert::Alert alert(const std::string& deployment, alert::Status status = alert::Status::firing) {
    alert::Alert made;
    made.status = status;
    made.labels = {{"trigger", "hpa"},
                   {"action", "scale-out"},
                   {"alertname", "Busy"},
                   {"namespace", "default"},
                   {"deployment", deployment}};
    made.starts_at = Time{std::chrono::hours{24 * 365 * 56}};
    if (status == alert::Status::resolved) made.ends_at = made.starts_at + 1h;
    return made;
  }

  // Hands a notification to the engine; its id.
  std::int64_t post(std::vector<alert::Alert> alerts) {
    alert::Notification notification;
    notification.alerts = std::move(alerts);
    engine->receive(++last_id, runtime.now(), std::move(notification));
    return last_id;
  }
  std::int64_t notify(std::vector<alert::Alert> alerts) {
    const auto id = post(std::move(alerts));
    runtime.settle();
    return id;
  }

  std::string reasons(std::int64_t id) {
    std::string all;
    for (const auto& record : finished.at(id)) all += (all.empty() ? "" : " ") + record.reason;
    return all;
  }
};

plugin::Outcome fault(plugin::Status status, const std::string& code = "") {
  plugin::Outcome outcome;
  outcome.status = status;
  outcome.code = code;
  outcome.explanation = "as injected";
  return outcome;
}

TEST(Engine, ScalesOutOnceAndBack) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "applied");
  for (int again = 0; again < 10; ++again) {
    EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "duplicate");
  }
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test", alert::Status::resolved)})), "applied");
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
  ASSERT_FALSE(loop.told.empty());
  const auto& first = loop.told.front();
  EXPECT_EQ(first.at("kind"), "scaled");
  EXPECT_EQ(first.at("target_text"), "deployment default/test");
  EXPECT_EQ(first.at("from"), 2);
  EXPECT_EQ(first.at("to"), 3);
  EXPECT_EQ(first.at("direction"), "out");
  EXPECT_EQ(first.at("action"), "scale-out");
  EXPECT_EQ(first.at("rule"), "from-labels");
  EXPECT_EQ(first.at("alerts").as_array().size(), 1u);
}

TEST(Engine, TheCapturedMixedNotificationScalesOutOnceAndStays) {
  Loop loop;
  loop.cluster.workloads["test2"] = {2};
  loop.cluster.workloads["test3"] = {2};
  std::ifstream file{"tests/payloads/mixed-firing-resolved.json"};
  std::ostringstream text;
  text << file.rdbuf();
  for (int again = 0; again < 5; ++again) {
    auto notification = alert::parse(text.str());
    ASSERT_TRUE(notification);
    loop.engine->receive(++loop.last_id, loop.runtime.now(), *std::move(notification));
    loop.runtime.pass(30s);
  }
  EXPECT_EQ(loop.cluster.workloads["test2"].replicas, 3);
  EXPECT_EQ(loop.cluster.workloads["test3"].replicas, 3);
  EXPECT_EQ(loop.cluster.writes.size(), 2u);
}

TEST(Engine, OneDecisionForAllAlertsOfATargetInANotification) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  auto other = loop.alert("test");
  other.labels["instance"] = "b";
  const auto id = loop.notify({loop.alert("test"), other});
  EXPECT_EQ(loop.reasons(id), "applied");
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
  EXPECT_EQ(loop.cluster.reads, 1);
}

TEST(Engine, WhatComesWhileACallRunsIsDecidedTogether) {
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

TEST(Engine, OneBadAlertNeverCostsTheOthers) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  auto elsewhere = loop.alert("test");
  elsewhere.labels["trigger"] = "mail";
  auto nameless = loop.alert("test");
  nameless.labels.erase("deployment");
  auto odd = loop.alert("test");
  odd.labels["action"] = "explode";
  auto unset = loop.alert("test");
  unset.labels["action"] = "scale-to";
  const auto id = loop.notify({elsewhere, nameless, odd, unset, loop.alert("Not A Name"),
                               loop.alert("missing"), loop.alert("test")});
  EXPECT_EQ(loop.reasons(id),
            "no-rule no-target bad-action bad-action no-target not-found applied");
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 3);
  for (const auto& record : loop.finished.at(id)) {
    EXPECT_FALSE(boost::json::parse(record.json).at("explanation").as_string().empty());
  }
}

TEST(Engine, AConflictIsReadAndDecidedAgain) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.write_faults = {fault(plugin::Status::conflict), fault(plugin::Status::conflict)};
  const auto id = loop.notify({loop.alert("test")});
  loop.runtime.pass(1s);
  EXPECT_EQ(loop.reasons(id), "applied");
  EXPECT_EQ(loop.cluster.reads, 3);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Engine, ADeadServerIsTriedUntilItIsBack) {
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
  EXPECT_EQ(loop.reasons(id), "applied");
  EXPECT_EQ(loop.cluster.reads, 21);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Engine, RetryAfterIsHonoured) {
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

TEST(Engine, EachFaultHasItsReason) {
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

TEST(Engine, DryRunWritesNothing) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  for (auto& rule : loop.config.rules) rule.behavior.dry_run = true;
  loop.engine->configure(loop.setup());
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "dry-run");
  EXPECT_TRUE(loop.cluster.writes.empty());
  EXPECT_EQ(loop.told.at(0).at("dry_run"), true);
}

TEST(Engine, ANewConfigurationDecidesAgain) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.config.rules[0].behavior.policy = scaling::Set{8};
  loop.config.rules[0].behavior.limits = {1, 4};
  loop.engine->configure(loop.setup());
  loop.notify({loop.alert("test")});
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 4);
  loop.config.rules[0].behavior.limits.max = 6;
  auto swapped = loop.engine->configure(loop.setup());
  loop.runtime.settle();
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 6);
  EXPECT_EQ(swapped.wait_for(0s), std::future_status::ready);

  loop.config.rules[0].selection.name = "renamed";
  loop.engine->configure(loop.setup());
  loop.runtime.settle();
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test", alert::Status::resolved)})), "duplicate")
      << "a rule that is gone leaves the count as it is";
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 6);
}

TEST(Engine, TheOldSetupIsReleasedOnceItsCallsAreOver) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.hold_back = true;
  loop.notify({loop.alert("test")});
  auto swapped = loop.engine->configure(loop.setup());
  loop.runtime.settle();
  EXPECT_EQ(swapped.wait_for(0s), std::future_status::timeout);
  loop.cluster.let_go();
  loop.runtime.settle();
  EXPECT_EQ(swapped.wait_for(0s), std::future_status::ready);
}

TEST(Engine, StopWaitsForRunningCallsAndBeginsNothing) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.hold_back = true;
  const auto running = loop.notify({loop.alert("test")});
  auto stopped = loop.engine->stop();
  loop.runtime.settle();
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::timeout);
  const auto late = loop.notify({loop.alert("other")});
  loop.cluster.let_go();
  loop.runtime.settle();
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::ready);
  EXPECT_TRUE(loop.cluster.writes.empty());
  EXPECT_FALSE(loop.finished.contains(running)) << "done after the next start";
  EXPECT_FALSE(loop.finished.contains(late));
}

TEST(Engine, ANotifierThatFailsDelaysNoScaling) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.workloads["other"] = {2};
  loop.deliveries = {fault(plugin::Status::retry), fault(plugin::Status::retry)};
  loop.notify({loop.alert("test")});
  loop.notify({loop.alert("other")});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 3));
  EXPECT_EQ(loop.told.size(), 1u);
  loop.runtime.pass(1min);
  ASSERT_EQ(loop.told.size(), 4u);
  EXPECT_EQ(loop.told[0].at("id"), loop.told[2].at("id")) << "the same event at each try";
  EXPECT_NE(loop.told[2].at("id"), loop.told[3].at("id"));
}

TEST(Engine, AResolveThatComesWhileItScalesOutIsRestoredAfterwards) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.post({loop.alert("test")});
  loop.cluster.on_write = [&] { loop.post({loop.alert("test", alert::Status::resolved)}); };
  loop.runtime.settle();
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
}

TEST(Engine, AReloadThatComesWhileItWritesIsNotForgotten) {
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

TEST(Engine, AWriteWhoseAnswerWasLostIsKnownByItsCount) {
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

TEST(Engine, ARestoreThatIsRefusedIsTriedAgain) {
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

TEST(Engine, WhatIsGoneIsNotRestoredAndNotLookedAfter) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.notify({loop.alert("test")});
  loop.cluster.workloads.clear();
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test", alert::Status::resolved)})), "not-found");
  const int reads = loop.cluster.reads;
  loop.runtime.pass(1h);
  EXPECT_EQ(loop.cluster.reads, reads);
}

TEST(Engine, AnAlertThatTakesAnothersPlaceTakesOverItsStep) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  auto last = loop.alert("test");
  last.labels["pod"] = "0";
  loop.notify({last});
  for (int pod = 1; pod < 8; ++pod) {
    auto next = loop.alert("test");
    next.labels["pod"] = std::to_string(pod);
    last.status = alert::Status::resolved;
    last.ends_at = last.starts_at + 1h;
    loop.notify({last, next});
    last = next;
  }
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
  last.status = alert::Status::resolved;
  last.ends_at = last.starts_at + 1h;
  loop.notify({last});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
}

TEST(Engine, ARuleThatIsMovedToAnotherTargetLeavesTheOldOne) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.workloads["other"] = {2};
  loop.notify({loop.alert("test")});
  loop.config.rules[0].selection.target["name"] = "other";
  loop.engine->configure(loop.setup());
  loop.runtime.settle();
  loop.notify({loop.alert("test")});
  EXPECT_EQ(loop.cluster.workloads["other"].replicas, 3);
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 3) << "left as it is";
  loop.notify({loop.alert("test", alert::Status::resolved)});
  EXPECT_EQ(loop.cluster.workloads["other"].replicas, 2);
}

TEST(Engine, ConflictsWithoutEndAreGivenUpAndToldOf) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  for (int times = 0; times < 5; ++times) {
    loop.cluster.write_faults.push_back(fault(plugin::Status::conflict));
  }
  const auto id = loop.notify({loop.alert("test")});
  loop.runtime.pass(1s);
  EXPECT_EQ(loop.reasons(id), "failed");
  loop.runtime.pass(2min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "the claim is kept, and looked at again";
}

TEST(Engine, ADryRunIsToldOnce) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  for (auto& rule : loop.config.rules) rule.behavior.dry_run = true;
  loop.engine->configure(loop.setup());
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "dry-run");
  EXPECT_EQ(loop.reasons(loop.notify({loop.alert("test")})), "duplicate");
}

TEST(Engine, StopDeliversWhatWaitsForNotifiers) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.cluster.workloads["other"] = {2};
  loop.deliveries = {fault(plugin::Status::retry)};
  loop.notify({loop.alert("test")});
  loop.notify({loop.alert("other")});
  auto stopped = loop.engine->stop();
  loop.runtime.settle();
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(loop.told.size(), 3u) << "the first again, without waiting, and the second";
}

TEST(Engine, AlertsThatCouldNotBeReadAreOnRecord) {
  Loop loop;
  auto notification = alert::parse(R"({"alerts": [7, {"status": "firing"}]})");
  ASSERT_TRUE(notification);
  loop.engine->receive(1, loop.runtime.now(), *std::move(notification));
  loop.runtime.settle();
  EXPECT_EQ(loop.reasons(1), "failed failed");
  EXPECT_NE(loop.finished.at(1)[0].json.find("/alerts/0"), std::string::npos);
}

TEST(Engine, PluginsCanAskWhatIsBehindACall) {
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

}  // namespace
}  // namespace scalehook::dispatch
