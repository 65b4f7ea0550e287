// What Alertmanager and Prometheus answer, and what becomes of it.
#include "core/dispatch/inquiry.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using alert::Status;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using upstream::State;

constexpr auto every = 2min;

// A loop with an Alertmanager and a Prometheus that say what a test has them say. The alert fires
// while there are more than 30 tasks.
struct Asked : Loop {
  struct Alertmanager {
    std::optional<State> state = State::active;  // of the one alert; none: it has none
    bool reachable = true;
    std::chrono::seconds up = 1h;
    int asked = 0;
  } alertmanager;
  struct Prometheus {
    std::vector<double> tasks{40};  // of each series
    std::chrono::seconds age = 5s;
    bool reachable = true;
    int asked = 0;
  } prometheus;
  bool hold_back = false;
  std::vector<std::function<void()>> held;

  Asked(bool with_alertmanager, bool with_prometheus) {
    cluster.workloads["test"] = {2};
    config.rules[0].behavior.while_firing = every;
    if (with_alertmanager) {
      upstream.alerts = [this](const std::function<void(upstream::AlertsAnswer)>& answer) {
        ++alertmanager.asked;
        later([this, answer] { answer({instance()}); });
      };
    }
    if (with_prometheus) {
      upstream.query = [this](const std::string& expression,
                              const std::function<void(upstream::QueryAnswer)>& answer) {
        ++prometheus.asked;
        later([this, expression, answer] { answer(result(expression)); });
      };
    }
    engine->configure(setup());
    runtime.settle();
  }

  void later(std::function<void()> now) {
    if (!hold_back) return now();
    held.push_back(std::move(now));
  }
  void let_go() {
    hold_back = false;
    for (auto& now : std::exchange(held, {})) now();
    runtime.settle();
  }

  upstream::Instance instance() {
    upstream::Instance instance;
    instance.url = "http://alertmanager";
    instance.reachable = alertmanager.reachable;
    instance.up_since = runtime.now() - alertmanager.up;
    if (alertmanager.reachable && alertmanager.state) {
      instance.alerts.push_back({fires().labels, *alertmanager.state, {}, {}, {}});
    }
    return instance;
  }

  upstream::QueryAnswer result(const std::string& expression) {
    if (!prometheus.reachable) return std::string{"no route"};
    std::vector<upstream::Sample> samples;
    for (const double tasks : prometheus.tasks) {
      const bool compares = expression == "tasks > 30";
      const bool asks_age = expression == "time() - timestamp(tasks)";
      EXPECT_TRUE(compares || asks_age || expression == "tasks") << expression;
      if (compares && tasks <= 30) continue;
      const auto age = static_cast<double>(prometheus.age.count());
      samples.push_back({{{"deployment", "test"}}, asks_age ? age : tasks, runtime.now()});
    }
    return samples;
  }

  alert::Alert fires(Status status = Status::firing, std::chrono::seconds since = 0s) {
    auto made = alert("test", status);
    made.starts_at += since;
    made.generator_url = "http://prometheus/graph?g0.expr=tasks+%3E+30";
    if (status == Status::resolved) made.ends_at = made.starts_at + 1h;
    return made;
  }
  alert::Alert resolved() { return fires(Status::resolved); }

  std::string last_reason() {
    return std::string{told.empty() ? "" : told.back().at("reason").as_string()};
  }
  std::int64_t replicas() { return cluster.workloads["test"].replicas; }
};

constexpr bool with = true;
constexpr bool without = false;

TEST(Inquiry, WhatAlertmanagerHasActiveIsGrantedFurtherSteps) {
  Asked loop{with, without};
  loop.notify({loop.fires()});
  loop.runtime.pass(every + 1s);
  EXPECT_EQ(loop.alertmanager.asked, 1);
  loop.runtime.pass(every);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 4, 5));
}

TEST(Inquiry, WhatIsSilencedStaysUntilItIsNot) {
  Asked loop{with, without};
  loop.notify({loop.fires()});
  loop.alertmanager.state = State::suppressed;
  loop.runtime.pass(3 * every);
  EXPECT_EQ(loop.replicas(), 3) << "no step, no restore";
  EXPECT_EQ(loop.last_reason(), "suppressed");
  EXPECT_EQ(loop.told.size(), 2u) << "said once";
  loop.alertmanager.state = State::active;
  loop.runtime.pass(every + 1s);
  EXPECT_GE(loop.replicas(), 4);
}

TEST(Inquiry, ASilenceFromJustBeforeTheStepIsHeeded) {
  Asked loop{with, without};
  loop.notify({loop.fires()});
  loop.runtime.pass(every / 2);
  loop.notify({loop.fires()});  // confirmed: not to be asked about for a whole interval
  loop.alertmanager.state = State::suppressed;
  loop.runtime.pass(every / 2 + 1s);
  EXPECT_EQ(loop.replicas(), 3);
}

TEST(Inquiry, WhatIsGoneWithoutAWordIsTakenBack) {
  Asked loop{with, without};
  loop.notify({loop.fires()});
  loop.alertmanager.state.reset();
  loop.runtime.pass(every + 1s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2));
}

// Alertmanager sends nothing if the alert is back before its group is due.
TEST(Inquiry, WhatWasGoneUnannouncedAndIsBackCountsAgain) {
  for (const bool restarted : {false, true}) {
    Asked loop{with, without};
    loop.notify({loop.fires()});
    loop.alertmanager.state.reset();
    loop.runtime.pass(every + 1s);
    EXPECT_EQ(loop.replicas(), 2);
    if (restarted) loop.restart();
    loop.alertmanager.state = State::active;
    loop.runtime.pass(every + 1s);
    EXPECT_GE(loop.replicas(), 3) << restarted;
  }
}

// A pod's alert resolves while it is silenced, and so on.
TEST(Inquiry, SeriesThatAreGoneAreForgottenWhileOthersFire) {
  Asked loop{without, without};
  loop.config.rules[0].selection.ignore_labels = {"pod"};
  alert::Alert last;
  loop.upstream.alerts = [&](const std::function<void(upstream::AlertsAnswer)>& answer) {
    auto instance = loop.instance();
    instance.alerts = {{last.labels, State::active, {}, {}, {}}};
    answer({instance});
  };
  loop.engine->configure(loop.setup());
  for (int pod = 0; pod < 20; ++pod) {
    last = loop.fires();
    last.labels["pod"] = std::to_string(pod);
    loop.notify({last});
    loop.runtime.pass(every + 1s);
  }
  const std::string kept = loop.kept("target").begin()->second;
  EXPECT_THAT(kept, HasSubstr(R"("pod":"19")"));
  EXPECT_THAT(kept, Not(HasSubstr(R"("pod":"17")")));
}

TEST(Inquiry, OnceAnnouncedAsResolvedItIsNotAskedAboutAgain) {
  Asked loop{with, without};
  loop.notify({loop.fires()});
  loop.alertmanager.state.reset();
  loop.runtime.pass(every + 1s);
  loop.notify({loop.resolved()});
  const int asked = loop.alertmanager.asked;
  loop.runtime.pass(1h);
  EXPECT_EQ(loop.alertmanager.asked, asked);
}

TEST(Inquiry, AYoungOrUnreachableAlertmanagerHolds) {
  for (const bool reachable : {true, false}) {
    Asked loop{with, without};
    loop.config.rules[0].behavior.claim_ttl = 30min;
    loop.engine->configure(loop.setup());
    loop.notify({loop.fires()});
    loop.alertmanager.state.reset();
    loop.alertmanager.reachable = reachable;
    loop.alertmanager.up = 1min;
    loop.runtime.pass(2h);
    EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "no step, no expiry, no restore";
    EXPECT_EQ(loop.last_reason(), "unconfirmed");
  }
}

TEST(Inquiry, HowLongAnAlertmanagerSettlesIsSaidInTheConfiguration) {
  Asked loop{with, without};
  loop.config.alertmanager_settled = 30s;
  loop.engine->configure(loop.setup());
  loop.notify({loop.fires()});
  loop.alertmanager.state.reset();
  loop.alertmanager.up = 1min;
  loop.runtime.pass(every + 1s);
  EXPECT_EQ(loop.replicas(), 2);
}

TEST(Inquiry, AReplayIsAskedAboutAfterAMinute) {
  for (const bool active : {true, false}) {
    Asked loop{with, without};
    loop.notify({loop.fires()});
    loop.notify({loop.resolved()});
    loop.runtime.pass(10s);
    if (!active) loop.alertmanager.state.reset();
    EXPECT_EQ(loop.reasons(loop.notify({loop.fires()})), "stale");
    loop.runtime.pass(49s);
    EXPECT_EQ(loop.alertmanager.asked, 0);
    loop.runtime.pass(2s);
    EXPECT_EQ(loop.alertmanager.asked, 1);
    EXPECT_EQ(loop.replicas(), active ? 3 : 2);
  }
}

TEST(Inquiry, AReplayIsAskedAboutAfterARestartToo) {
  Asked loop{with, without};
  loop.notify({loop.fires()});
  loop.notify({loop.resolved()});
  loop.runtime.pass(10s);
  EXPECT_EQ(loop.reasons(loop.notify({loop.fires()})), "stale");
  loop.restart();
  loop.runtime.pass(51s);
  EXPECT_EQ(loop.replicas(), 3);
}

TEST(Inquiry, AnAnswerThatARestartLostIsAskedForAgain) {
  Asked loop{with, without};
  loop.notify({loop.fires()});
  loop.hold_back = true;
  loop.runtime.pass(every + 1s);
  ASSERT_FALSE(loop.held.empty());
  const int asked = loop.alertmanager.asked;
  auto stopped = loop.engine->stop();
  loop.runtime.settle();
  EXPECT_NE(stopped.wait_for(0s), std::future_status::ready);
  loop.let_go();
  EXPECT_EQ(loop.replicas(), 3) << "what stops begins nothing";
  loop.restart();
  loop.runtime.pass(every + 1s);
  EXPECT_GT(loop.alertmanager.asked, asked);
  EXPECT_GE(loop.replicas(), 4);
}

// Two that disagree: what one of them has fires, whatever the other says.
TEST(Inquiry, OfSeveralAlertmanagersTheOneThatHasTheAlertIsBelieved) {
  struct Row {
    const char* what;
    std::optional<State> other;
    bool reachable;
    std::chrono::seconds up;
    std::int64_t replicas;
  };
  for (const auto& row : {Row{"both have it not", std::nullopt, true, 1h, 2},
                          Row{"the other has it", State::active, true, 1h, 4},
                          Row{"the other has it silenced", State::suppressed, true, 1h, 3},
                          Row{"the other is young", std::nullopt, true, 1min, 3},
                          Row{"the other is silent", std::nullopt, false, 1h, 3}}) {
    SCOPED_TRACE(row.what);
    Asked loop{with, without};
    loop.upstream.alerts = [&](const std::function<void(upstream::AlertsAnswer)>& answer) {
      loop.alertmanager = {std::nullopt, true, 1h};
      auto one = loop.instance();
      loop.alertmanager = {row.other, row.reachable, row.up};
      answer({one, loop.instance()});
    };
    loop.engine->configure(loop.setup());
    loop.notify({loop.fires()});
    loop.runtime.pass(every + 1s);
    EXPECT_EQ(loop.replicas(), row.replicas);
  }
}

TEST(Inquiry, AReplayThatNobodyCanSpeakForIsAskedAboutAgain) {
  Asked loop{with, without};
  loop.notify({loop.fires()});
  loop.notify({loop.resolved()});
  loop.runtime.pass(20s);
  EXPECT_EQ(loop.reasons(loop.notify({loop.fires()})), "stale");
  loop.alertmanager.reachable = false;
  loop.runtime.pass(5min);
  EXPECT_EQ(loop.replicas(), 2);
  loop.alertmanager.reachable = true;
  loop.runtime.pass(1min);
  EXPECT_EQ(loop.replicas(), 3);
}

TEST(Inquiry, AValueIsFollowedBetweenNotifications) {
  Asked loop{without, with};
  loop.config.rules[0].behavior.policy = scaling::PerReplica{10};
  loop.engine->configure(loop.setup());
  auto alert = loop.fires();
  alert.annotations["value"] = "40";
  loop.notify({alert});
  loop.prometheus.tasks = {75};
  loop.runtime.pass(every + 1s);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(4, 8));
}

TEST(Inquiry, AValueIsFollowedThoughNotificationsComeOften) {
  Asked loop{without, with};
  loop.config.rules[0].behavior.policy = scaling::PerReplica{10};
  loop.engine->configure(loop.setup());
  auto alert = loop.fires();
  alert.annotations["value"] = "40";
  loop.notify({alert});
  loop.prometheus.tasks = {75};
  for (int times = 0; times < 3; ++times) {
    loop.runtime.pass(every / 2 + 1s);
    loop.notify({loop.fires()});
  }
  EXPECT_THAT(loop.cluster.writes, ElementsAre(4, 8));
}

TEST(Inquiry, AValueThatTheAlertDoesNotHaveIsAskedForAtOnce) {
  Asked loop{without, with};
  loop.config.rules[0].behavior.policy = scaling::PerReplica{10};
  loop.engine->configure(loop.setup());
  loop.prometheus.tasks = {75};
  loop.notify({loop.fires()});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(8));
}

TEST(Inquiry, AValueThatNobodyHasIsAskedForNoMoreOftenThanOthers) {
  Asked loop{without, with};
  loop.config.rules[0].behavior.policy = scaling::PerReplica{10};
  loop.engine->configure(loop.setup());
  loop.prometheus.tasks = {};
  loop.notify({loop.fires()});
  const int asked = loop.prometheus.asked;
  EXPECT_GT(asked, 0);
  for (int times = 0; times < 3; ++times) {
    loop.runtime.pass(30s);
    loop.notify({loop.fires()});
  }
  EXPECT_EQ(loop.prometheus.asked, asked);
  loop.runtime.pass(31s);
  EXPECT_GT(loop.prometheus.asked, asked);
}

TEST(Inquiry, AValueThatIsNoneKeepsTheWant) {
  struct Row {
    const char* name;
    std::vector<double> tasks;
    std::chrono::seconds age;
    const char* reason;  // told beside the first change; none: nothing is told
  };
  for (const auto& row : {Row{"several", {75, 80}, 5s, "ambiguous"}, Row{"none", {}, 5s, ""},
                          Row{"not above", {20}, 5s, ""}, Row{"old", {75}, 10min, ""}}) {
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

TEST(Inquiry, WithoutAnAlertmanagerPrometheusConfirms) {
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

TEST(Inquiry, WithoutAnyoneToAskClaimsExpire) {
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

TEST(Inquiry, AResolveIsBelievedByItsEvidence) {
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

TEST(Inquiry, EvidenceIsAskedForAsOftenAsAClaimWouldBe) {
  Asked loop{without, with};
  loop.config.rules[0].behavior.while_firing = 2s;
  loop.config.rules[0].behavior.limits.max = 3;
  loop.engine->configure(loop.setup());
  loop.notify({loop.fires()});
  loop.notify({loop.resolved()});
  EXPECT_EQ(loop.last_reason(), "no-evidence");
  loop.prometheus.tasks = {20};
  loop.runtime.pass(3s);
  EXPECT_EQ(loop.replicas(), 2);
}

TEST(Inquiry, AnAlertThatFiresAgainAfterAResolveThatWasNotBelievedGoesOn) {
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
  EXPECT_EQ(loop.replicas(), 2);
}

TEST(Inquiry, WhatComesWhileAnAnswerIsDueIsDecidedWithIt) {
  Asked loop{with, with};
  loop.notify({loop.fires()});
  loop.hold_back = true;
  loop.runtime.pass(every + 1s);
  ASSERT_FALSE(loop.held.empty());
  const auto id = loop.notify({loop.fires()});
  EXPECT_FALSE(loop.finished.contains(id));
  loop.let_go();
  EXPECT_EQ(loop.reasons(id), "applied");
  EXPECT_EQ(loop.replicas(), 4);
}

// The question was asked when nothing was resolved, so that its answer says nothing of the load.
TEST(Inquiry, AResolveThatComesWhileAnAnswerIsDueNeedsItsOwnEvidence) {
  Asked loop{with, with};
  loop.notify({loop.fires()});
  loop.hold_back = true;
  loop.runtime.pass(every + 1s);
  const auto id = loop.notify({loop.resolved()});
  loop.let_go();
  EXPECT_EQ(loop.reasons(id), "no-evidence");
  EXPECT_EQ(loop.replicas(), 3);
}

TEST(Inquiry, AResolveThatComesWhileTheTargetIsReadNeedsItsOwnEvidence) {
  Asked loop{without, with};
  loop.cluster.hold_back = true;
  loop.notify({loop.fires()});
  const auto id = loop.notify({loop.resolved()});
  loop.cluster.let_go();
  loop.runtime.settle();
  loop.prometheus.tasks = {20};
  loop.runtime.pass(1s);
  EXPECT_EQ(loop.replicas(), 2);
  EXPECT_TRUE(loop.finished.contains(id));
}

TEST(Inquiry, AReloadWaitsForTheAnswerToWhatTheOldConfigurationAsked) {
  Asked loop{with, without};
  loop.notify({loop.fires()});
  loop.hold_back = true;
  loop.runtime.pass(every + 1s);
  loop.upstream = {};
  auto retired = loop.engine->configure(loop.setup());
  loop.runtime.settle();
  EXPECT_NE(retired.wait_for(0s), std::future_status::ready);
  loop.let_go();
  EXPECT_EQ(retired.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(loop.replicas(), 4);
}

}  // namespace
}  // namespace scalehook::dispatch
