#include "core/dispatch/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/alert/parse.hpp"
#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using testing::ElementsAre;

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

TEST(Engine, ARecordHasTheNumbersOnTheWay) {
  Loop loop;
  loop.cluster.workloads["test"] = {2};
  loop.config.rules[0].behavior.policy = scaling::PerReplica{10};
  loop.engine->configure(loop.setup());
  auto alert = loop.alert("test");
  alert.annotations["value"] = "415.5";
  loop.notify({alert});
  const auto& told = loop.told.at(0);
  EXPECT_EQ(told.at("baseline"), 2);
  EXPECT_EQ(told.at("value"), 415.5);
  EXPECT_EQ(told.at("want"), 42);
  EXPECT_EQ(told.at("wanted"), 10) << "within the rule's limits";
  EXPECT_EQ(told.at("to"), 10);
  EXPECT_FALSE(loop.told.at(0).as_object().contains("stages"));
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
    loop.engine->receive(++loop.last_id,
                         Engine::coming(loop.runtime.now(), *std::move(notification)));
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
  loop.engine->receive(1, Engine::coming(loop.runtime.now(), *std::move(notification)));
  loop.runtime.settle();
  EXPECT_EQ(loop.reasons(1), "failed failed");
  EXPECT_NE(loop.finished.at(1)[0].json.find("/alerts/0"), std::string::npos);
}

}  // namespace
}  // namespace scalehook::dispatch
