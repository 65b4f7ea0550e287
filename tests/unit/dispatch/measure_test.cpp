// What Prometheus answers: values between notifications, and evidence of a resolve.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dispatch/asked.hpp"

namespace scalehook::dispatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Measure, AValueIsFollowedBetweenNotifications) {
  Asked loop{without, with};
  loop.follow(scaling::PerReplica{10});
  loop.notify({loop.fires_with("40")});
  loop.prometheus.tasks = {75};
  loop.runtime.pass(every + 1s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(4, 8));
}

TEST(Measure, AValueIsFollowedThoughNotificationsComeOften) {
  Asked loop{without, with};
  loop.follow(scaling::PerReplica{10});
  loop.notify({loop.fires_with("40")});
  loop.prometheus.tasks = {75};
  for (int times = 0; times < 3; ++times) {
    loop.runtime.pass(every / 2 + 1s);
    loop.notify({loop.fires()});
  }
  EXPECT_THAT(loop.cluster.writes, ElementsAre(4, 8));
}

TEST(Measure, AValueThatTheAlertDoesNotHaveIsAskedForAtOnce) {
  Asked loop{without, with};
  loop.follow(scaling::PerReplica{10});
  loop.prometheus.tasks = {75};
  loop.notify({loop.fires()});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(8));
}

TEST(Measure, AValueThatNobodyHasIsAskedForNoMoreOftenThanOthers) {
  Asked loop{without, with};
  loop.follow(scaling::PerReplica{10});
  loop.prometheus.tasks = {};
  loop.notify({loop.fires()});
  const int asked = loop.prometheus.asked;
  EXPECT_GT(asked, 0);
  for (int times = 0; times < 4; ++times) {
    loop.runtime.pass(5s);
    loop.notify({loop.fires()});
  }
  EXPECT_EQ(loop.prometheus.asked, asked);
  loop.runtime.pass(11s);
  EXPECT_GT(loop.prometheus.asked, asked);
}

TEST(Measure, AValueThatIsNoneKeepsTheWant) {
  struct Row {
    const char* name;
    std::vector<double> tasks;
    std::chrono::seconds age;
    const char* reason;  // told beside the first change; none: nothing is told
  };
  for (const auto& row : {Row{"several", {75, 80}, 5s, "ambiguous"}, Row{"none", {}, 5s, ""},
                          Row{"old", {75}, 10min, ""}}) {
    SCOPED_TRACE(row.name);
    Asked loop{without, with};
    loop.config.rules[0].behavior.policy = scaling::PerReplica{10};
    loop.engine->configure(loop.setup());
    auto alert = loop.fires();
    alert.annotations["value"] = "40";
    loop.notify({alert});
    loop.prometheus.tasks = row.tasks;
    loop.prometheus.age = row.age;
    loop.runtime.pass(3 * every);
    EXPECT_EQ(loop.replicas(), 4);
    EXPECT_EQ(loop.told.size(), *row.reason == '\0' ? 1u : 2u);
    EXPECT_EQ(loop.last_reason(), *row.reason == '\0' ? "applied" : row.reason);
  }
}

TEST(Measure, AValueBelowTheThresholdCountsToo) {
  Asked loop{without, with};
  loop.follow(scaling::PerReplica{10});
  loop.notify({loop.fires_with("75")});
  EXPECT_EQ(loop.replicas(), 8);
  loop.prometheus.tasks = {25};
  loop.runtime.pass(31s);
  EXPECT_EQ(loop.replicas(), 3) << "though the alert has not been resolved yet";
}

TEST(Measure, WithoutAnAlertmanagerPrometheusConfirms) {
  Asked loop{without, with};
  loop.config.rules[0].behavior.claim_ttl = 3min;
  loop.engine->configure(loop.setup());
  loop.notify({loop.fires()});
  loop.runtime.pass(every + 1s);
  EXPECT_EQ(loop.replicas(), 4);
  loop.prometheus.tasks = {20};
  loop.runtime.pass(10min);
  EXPECT_EQ(loop.replicas(), 4) << "no further step";
  EXPECT_TRUE(std::any_of(loop.finished[0].begin(), loop.finished[0].end(),
                          [](const auto& record) { return record.reason == "expired"; }));
}

// A measure that steps do not move is told of once, and ends them only if the rule says so.
TEST(Measure, StepsThatDoNotHelpAreToldOnce) {
  for (const bool stops : {false, true}) {
    Asked loop{without, with};
    loop.config.rules[0].behavior.limits.max = 9;
    loop.config.rules[0].behavior.stop_without_effect = stops;
    loop.engine->configure(loop.setup());
    loop.notify({loop.fires_with("40")});
    loop.runtime.pass(20 * every);
    EXPECT_EQ(std::count_if(loop.told.begin(), loop.told.end(),
                            [](const auto& told) { return told.at("reason") == "no-effect"; }),
              1);
    EXPECT_EQ(loop.replicas(), stops ? 5 : 9);
  }
}

TEST(Measure, StepsThatHelpAreNotToldOf) {
  Asked loop{without, with};
  loop.config.rules[0].behavior.limits.max = 9;
  loop.engine->configure(loop.setup());
  loop.prometheus.tasks = {90};
  loop.notify({loop.fires_with("100")});
  for (int step = 0; step < 8; ++step) {
    loop.runtime.pass(every);
    loop.prometheus.tasks[0] *= 0.9;
  }
  EXPECT_FALSE(std::any_of(loop.told.begin(), loop.told.end(),
                           [](const auto& told) { return told.at("reason") == "no-effect"; }));
}

// Else who hears of the second takes it for the first that comes again.
TEST(Measure, ClaimsThatExpireAtOnceAreToldApart) {
  Asked loop{without, without};
  loop.config.rules[0].behavior.claim_ttl = 10min;
  loop.config.rules[0].behavior.while_firing.reset();
  loop.engine->configure(loop.setup());
  auto another = loop.fires();
  another.labels["alertname"] = "Slow";
  loop.notify({loop.fires(), another});
  loop.told.clear();
  loop.runtime.pass(1h);
  std::vector<std::string> ids;
  for (const auto& told : loop.told) {
    if (told.at("reason") == "expired") ids.emplace_back(told.at("id").as_string());
  }
  ASSERT_EQ(ids.size(), 2);
  EXPECT_NE(ids[0], ids[1]);
}

TEST(Measure, WithoutAnyoneToAskClaimsExpire) {
  Asked loop{without, without};
  loop.config.rules[0].behavior.claim_ttl = 10min;
  loop.config.rules[0].behavior.while_firing.reset();
  loop.engine->configure(loop.setup());
  loop.notify({loop.fires()});
  loop.runtime.pass(9min);
  EXPECT_NE(loop.last_reason(), "expired");
  loop.runtime.pass(1h);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "the count stays";
  testing::internal::CaptureStderr();
  loop.notify({loop.fires()});
  loop.notify({loop.fires()});
  const auto logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(logged, HasSubstr("level=warn"));
  const auto remedy = logged.find("raise claim_ttl, or lower Alertmanager's repeat_interval");
  ASSERT_NE(remedy, std::string::npos);
  EXPECT_EQ(logged.find("raise claim_ttl", remedy + 1), std::string::npos) << "said once";
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "the episode goes on";
  loop.notify({loop.resolved()});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2)) << "to the count of before";
}

TEST(Measure, AResolveIsBelievedByItsEvidence) {
  struct Row {
    const char* name;
    std::vector<double> tasks;
    std::chrono::seconds age;
    bool reachable;
    std::int64_t replicas;
  };
  for (const auto& row :
       {Row{"gone", {20}, 5s, true, 2}, Row{"still there", {40}, 5s, true, 3},
        Row{"not measured", {}, 5s, true, 3}, Row{"measured long ago", {20}, 10min, true, 3},
        Row{"Prometheus is down", {20}, 5s, false, 3}}) {
    SCOPED_TRACE(row.name);
    Asked loop{without, with};
    loop.notify({loop.fires()});
    loop.prometheus.tasks = row.tasks;
    loop.prometheus.age = row.age;
    loop.prometheus.reachable = row.reachable;
    const auto id = loop.notify({loop.resolved()});
    EXPECT_EQ(loop.reasons(id), row.replicas == 2 ? "applied" : "no-evidence");
    EXPECT_EQ(loop.replicas(), row.replicas);
    const auto told = loop.told.size();
    loop.runtime.pass(10min);
    EXPECT_EQ(loop.replicas(), row.replicas);
    EXPECT_EQ(loop.told.size(), told) << "said once";

    loop.prometheus = {{20}, 5s, true};
    loop.runtime.pass(2min);
    EXPECT_EQ(loop.replicas(), 2);
  }
}

TEST(Measure, EvidenceIsAskedForEveryRefresh) {
  Asked loop{without, with};
  loop.config.rules[0].behavior.refresh = 15s;
  loop.config.rules[0].behavior.limits.max = 3;
  loop.engine->configure(loop.setup());
  loop.notify({loop.fires()});
  loop.notify({loop.resolved()});
  EXPECT_EQ(loop.last_reason(), "no-evidence");
  loop.prometheus.tasks = {20};
  loop.runtime.pass(14s);
  EXPECT_EQ(loop.replicas(), 3);
  loop.runtime.pass(2s);
  EXPECT_EQ(loop.replicas(), 2);
}

TEST(Measure, AnAlertThatFiresAgainAfterAResolveThatWasNotBelievedGoesOn) {
  Asked loop{without, with};
  loop.notify({loop.fires()});
  loop.notify({loop.resolved()});
  loop.runtime.pass(30s);
  loop.notify({loop.fires(Status::firing, 2h)});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "no step for what had not ended";
  loop.runtime.pass(every - 30s + 1s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 4)) << "the further step has its own time";
  loop.prometheus.tasks = {20};
  loop.notify({loop.fires(Status::resolved, 2h)});
  EXPECT_EQ(loop.replicas(), 3) << "steps go back one at a time";
  loop.runtime.pass(31s);
  EXPECT_EQ(loop.replicas(), 2);
}

}  // namespace
}  // namespace scalehook::dispatch
