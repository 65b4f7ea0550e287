// When a notification is acknowledged, and what is known at a start that remembers nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using alert::Status;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using upstream::State;

struct Acknowledged : Loop {
  upstream::Instance alertmanager;
  std::vector<std::string> answers;  // "200", or why not

  explicit Acknowledged(config::Ack ack) {
    config.ack = ack;
    cluster.workloads["test"] = {2};
    cluster.workloads["other"] = {2};
    alertmanager.reachable = true;
    alertmanager.up_since = runtime.now() - 1h;
    upstream.alerts = [this](const std::function<void(upstream::AlertsAnswer)>& answer) {
      answer({alertmanager});
    };
    restart();
  }

  std::string waits_for() const { return engine->waits_for().value_or(""); }

  // That an alert fires, by Alertmanager's word.
  void knows(const alert::Alert& alert, State state = State::active) {
    upstream::KnownAlert known{alert.labels, state, alert.starts_at, {}, {}};
    known.annotations = alert.annotations;
    alertmanager.alerts.push_back(std::move(known));
  }

  // Nothing is remembered, as after the loss of the disk.
  void forget() {
    states.clear();
    events.clear();
    posted.clear();
    restart();
  }

  void falls_silent() {
    alertmanager.reachable = false;
    alertmanager.fault = "http://am:9093/api/v2/alerts: connection refused";
  }

  void receive(std::vector<alert::Alert> alerts) {
    alert::Notification notification;
    notification.alerts = std::move(alerts);
    engine->receive(++last_id, Engine::coming(runtime.now(), std::move(notification)),
                    [this](const std::optional<std::string>& fault) {
                      answers.push_back(fault.value_or("200"));
                    });
    runtime.settle();
  }
};

TEST(Ack, JournaledIsAtOnceWhateverBecomesOfIt) {
  Acknowledged loop{config::Ack::journaled};
  loop.cluster.hold_back = true;
  loop.receive({loop.alert("test")});
  EXPECT_THAT(loop.answers, ElementsAre("200"));
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
}

TEST(Ack, AppliedIsOnceEachTargetIsChanged) {
  Acknowledged loop{config::Ack::applied};
  loop.cluster.hold_back = true;
  loop.receive({loop.alert("test"), loop.alert("other")});
  EXPECT_THAT(loop.answers, IsEmpty());
  loop.cluster.let_go();
  loop.runtime.settle();
  EXPECT_THAT(loop.answers, ElementsAre("200"));
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 3));
}

TEST(Ack, AppliedIsAlsoWhatIsRefusedOrDeferred) {
  Acknowledged loop{config::Ack::applied};
  loop.config.rules[0].behavior.policy = scaling::PerReplica{10};
  loop.config.rules[0].behavior.cooldown.out = 1h;
  loop.restart();
  const auto expect = [&](const char* deployment, const char* value, const char* reason) {
    auto alert = loop.alert(deployment);
    alert.annotations["value"] = value;
    loop.cluster.hold_back = true;
    loop.answers.clear();
    loop.receive({alert});
    EXPECT_THAT(loop.answers, IsEmpty()) << reason << ": it is not decided yet";
    loop.cluster.let_go();
    loop.runtime.settle();
    EXPECT_THAT(loop.answers, ElementsAre("200")) << reason;
    EXPECT_EQ(loop.reasons(loop.last_id), reason);
  };
  expect("missing", "30", "not-found");
  expect("test", "30", "applied");
  expect("test", "70", "cooldown");
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Ack, AppliedIsAtOnceWhatConcernsNoTarget) {
  Acknowledged loop{config::Ack::applied};
  auto unrelated = loop.alert("test");
  unrelated.labels = {{"alertname", "Unrelated"}};
  loop.receive({unrelated});
  EXPECT_THAT(loop.answers, ElementsAre("200"));
}

// What was promised to whom waits already stays as it was.
TEST(Ack, AReloadIsForThoseThatComeAfterIt) {
  Acknowledged loop{config::Ack::applied};
  loop.cluster.hold_back = true;
  loop.receive({loop.alert("test")});
  loop.config.ack = config::Ack::journaled;
  loop.engine->configure(loop.setup());
  loop.receive({loop.alert("other")});
  EXPECT_THAT(loop.answers, ElementsAre("200")) << "the second";
  loop.config.ack = config::Ack::applied;
  loop.engine->configure(loop.setup());
  loop.receive({loop.alert("other")});
  EXPECT_THAT(loop.answers, ElementsAre("200")) << "neither the first nor the third";
  loop.cluster.let_go();
  loop.runtime.settle();
  EXPECT_THAT(loop.answers, ElementsAre("200", "200", "200"));
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 3));
}

TEST(Ack, AppliedIsRefusedAtTheFirstFaultAndGoesOn) {
  Acknowledged loop{config::Ack::applied};
  loop.cluster.read_faults = {fault(plugin::Status::retry)};
  loop.receive({loop.alert("test")});
  ASSERT_EQ(loop.answers.size(), 1u);
  EXPECT_THAT(loop.answers[0], HasSubstr("deployment default/test: read: as injected"));
  loop.runtime.pass(1min);
  EXPECT_EQ(loop.answers.size(), 1u) << "it is answered once";
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
  loop.receive({loop.alert("test")});  // as Alertmanager sends it again
  EXPECT_THAT(loop.answers.back(), "200");
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Ack, WhatComesWhileATargetCannotBeReachedIsRefusedAtOnce) {
  Acknowledged loop{config::Ack::applied};
  loop.cluster.is_down = true;
  loop.receive({loop.alert("test")});
  loop.receive({loop.alert("test")});
  EXPECT_EQ(loop.answers.size(), 2u);
  EXPECT_THAT(loop.answers, testing::Each(HasSubstr("deployment default/test")));
}

TEST(Rebuilt, AStepIsNotGrantedAgain) {
  Acknowledged loop{config::Ack::applied};
  loop.receive({loop.alert("test")});
  loop.knows(loop.alert("test"));
  loop.forget();
  loop.receive({loop.alert("test")});
  auto another = loop.alert("test");
  another.labels["instance"] = "another";
  loop.receive({another});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
  // The count from before the alert is not known any more.
  loop.receive({loop.alert("test", Status::resolved)});
  loop.runtime.pass(1h);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Rebuilt, FurtherStepsGoOn) {
  Acknowledged loop{config::Ack::applied};
  loop.config.rules[0].behavior.while_firing = 10min;
  loop.knows(loop.alert("test"));
  loop.forget();
  loop.runtime.pass(9min);
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  loop.runtime.pass(2min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Rebuilt, AValueIsFollowed) {
  Acknowledged loop{config::Ack::applied};
  loop.config.rules[0].behavior.policy = scaling::PerReplica{10};
  auto busy = loop.alert("test");
  busy.annotations["value"] = "70";
  loop.knows(busy);
  loop.forget();
  EXPECT_THAT(loop.cluster.writes, ElementsAre(7));
}

TEST(Rebuilt, WhatIsSilencedIsNot) {
  Acknowledged loop{config::Ack::applied};
  loop.knows(loop.alert("test"), State::suppressed);
  loop.forget();
  EXPECT_EQ(loop.cluster.reads, 0);
}

// What was asked before a reload is no answer to what is to be asked after it.
TEST(Rebuilt, OfTheAlertmanagerThatAReloadNames) {
  Acknowledged loop{config::Ack::applied};
  std::function<void(upstream::AlertsAnswer)> old;
  loop.upstream.alerts = [&](auto answer) { old = std::move(answer); };
  loop.forget();
  loop.knows(loop.alert("test"));
  loop.upstream.alerts = [&](const auto& answer) { answer({loop.alertmanager}); };
  auto retired = loop.engine->configure(loop.setup());
  auto empty = loop.alertmanager;
  empty.alerts.clear();
  old({empty});
  loop.runtime.settle();
  EXPECT_EQ(retired.wait_for(0s), std::future_status::ready);
  EXPECT_EQ(loop.waits_for(), "");
  loop.receive({loop.alert("test")});
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
}

// A reload that takes Alertmanager out, or asks for less, frees what waits.
TEST(Rebuilt, IsNoMoreWaitedForWhenAReloadMakesItNeedless) {
  for (const bool keeps_url : {false, true}) {
    Acknowledged loop{config::Ack::applied};
    loop.falls_silent();
    loop.forget();
    loop.receive({loop.alert("test")});
    loop.config.ack = config::Ack::journaled;
    if (!keeps_url) loop.upstream.alerts = nullptr;
    loop.engine->configure(loop.setup());
    loop.runtime.pass(10s);
    EXPECT_EQ(loop.waits_for(), "");
    EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
  }
}

TEST(Rebuilt, EachSeriesOfAClaimIsKnown) {
  Acknowledged loop{config::Ack::applied};
  loop.config.rules[0].selection.ignore_labels = {"instance"};
  loop.config.rules[0].behavior.policy = scaling::PerReplica{10};
  const auto of = [&](const char* instance, const char* value) {
    auto alert = loop.alert("test");
    alert.labels["instance"] = instance;
    alert.annotations["value"] = value;
    return alert;
  };
  loop.knows(of("a", "50"));
  loop.knows(of("b", "50"));
  loop.forget();
  EXPECT_THAT(loop.cluster.writes, ElementsAre(5));
  auto resolved = of("a", "0");
  resolved.status = Status::resolved;
  resolved.ends_at = resolved.starts_at + 1h;
  loop.receive({resolved});
  loop.runtime.pass(1h);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(5)) << "the other fires on";
}

// After a quiet time no target is remembered, but the journal is.
TEST(Rebuilt, AQuietTimeIsNoLossOfTheDisk) {
  Acknowledged loop{config::Ack::applied};
  loop.receive({loop.alert("test")});
  loop.receive({loop.alert("test", Status::resolved)});
  loop.runtime.pass(std::chrono::hours{75});
  EXPECT_TRUE(loop.kept(Engine::target_kind).empty());
  auto again = loop.alert("test");
  again.starts_at = loop.runtime.now();
  loop.knows(again);
  loop.restart();
  const auto writes = loop.cluster.writes.size();
  loop.receive({again});
  EXPECT_EQ(loop.cluster.writes.size(), writes + 1);
}

TEST(Rebuilt, WhatIsRememberedNeedsNone) {
  Acknowledged loop{config::Ack::applied};
  loop.receive({loop.alert("test")});
  loop.knows(loop.alert("other"));
  loop.restart();
  loop.receive({loop.alert("other")});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 3));
}

TEST(Rebuilt, NothingIsDecidedBeforeAlertmanagerAnswers) {
  Acknowledged loop{config::Ack::applied};
  loop.falls_silent();
  loop.knows(loop.alert("test"));
  loop.forget();
  loop.receive({loop.alert("test"), loop.alert("other")});
  loop.runtime.pass(1min);
  EXPECT_THAT(loop.answers, IsEmpty());
  EXPECT_EQ(loop.waits_for(),
            "nothing is remembered, so nothing is decided before Alertmanager says what fires: "
            "http://am:9093/api/v2/alerts: connection refused");
  loop.alertmanager.reachable = true;
  loop.runtime.pass(1min);
  EXPECT_EQ(loop.waits_for(), "");
  EXPECT_THAT(loop.answers, ElementsAre("200"));
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "only what Alertmanager did not know fires";
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 2);
}

// As after a reboot of both: it hears of what fires only by and by.
TEST(Rebuilt, AnAlertmanagerThatHasJustStartedIsNotBelieved) {
  Acknowledged loop{config::Ack::applied};
  loop.alertmanager.url = "http://am:9093";
  loop.alertmanager.up_since = loop.runtime.now();
  loop.forget();
  EXPECT_THAT(loop.waits_for(),
              HasSubstr(": http://am:9093 has been up for less than 300 s (alertmanager.settled)"));
  loop.runtime.pass(4min);
  loop.knows(loop.alert("test"));
  loop.runtime.pass(50s);
  EXPECT_NE(loop.waits_for(), "");
  loop.runtime.pass(15s);
  EXPECT_EQ(loop.waits_for(), "");
  loop.receive({loop.alert("test"), loop.alert("other")});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "a step for the other only";
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 2);
}

TEST(Rebuilt, OneSettledAlertmanagerOfSeveralIsEnough) {
  Acknowledged loop{config::Ack::applied};
  const auto settled = loop.alertmanager;
  loop.knows(loop.alert("test"));
  auto young = loop.alertmanager;
  young.url = "http://young:9093";
  young.up_since = loop.runtime.now();
  upstream::Instance silent;
  silent.fault = "http://silent:9093: connection refused";
  upstream::AlertsAnswer answer{silent, young};
  loop.upstream.alerts = [&](const auto& given) { given(answer); };
  loop.forget();
  EXPECT_THAT(loop.waits_for(), HasSubstr(": http://silent:9093: connection refused; "
                                          "http://young:9093 has been up for less than"));
  answer.push_back(settled);
  loop.runtime.pass(10s);
  EXPECT_EQ(loop.waits_for(), "");
  loop.receive({loop.alert("test"), loop.alert("other")});
  EXPECT_EQ(loop.cluster.workloads["test"].replicas, 2) << "the young one knows of it";
  EXPECT_EQ(loop.cluster.workloads["other"].replicas, 3);
}

// As where one Alertmanager serves several clusters, whose alerts match the same rules.
TEST(Rebuilt, OnlyWhatIsSentToTheReceiverCounts) {
  for (const char* receiver : {"", "here"}) {
    Acknowledged loop{config::Ack::applied};
    loop.config.alertmanager_receiver = receiver;
    loop.knows(loop.alert("test"));
    loop.alertmanager.alerts.back().receivers = {"elsewhere"};
    loop.knows(loop.alert("other"));
    loop.alertmanager.alerts.back().receivers = {"mail", "here"};
    loop.forget();
    loop.receive({loop.alert("test"), loop.alert("other")});
    EXPECT_EQ(loop.cluster.workloads["test"].replicas, *receiver == 0 ? 2 : 3);
    EXPECT_EQ(loop.cluster.workloads["other"].replicas, 2);
  }
}

// Nobody can say yet whether it is silenced, or was acted upon: no step is on the safe side.
TEST(Rebuilt, WhatIsNotProcessedYetFires) {
  Acknowledged loop{config::Ack::applied};
  loop.knows(loop.alert("test"), State::unprocessed);
  loop.forget();
  loop.receive({loop.alert("test")});
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  EXPECT_EQ(loop.reasons(loop.last_id), "duplicate");
}

// What was on disk already, but taken in by no engine, has been confirmed by nobody since.
TEST(Rebuilt, TheGraceBeginsWhenThatIsDone) {
  Acknowledged loop{config::Ack::applied};
  loop.states.clear();
  auto idle = loop.alert("test");
  idle.labels["action"] = "scale-in";
  loop.posted[++loop.last_id] = {loop.runtime.now(), {}};
  loop.posted[loop.last_id].notification.alerts = {idle};
  loop.falls_silent();
  const auto other = loop.alertmanager;  // for which nothing is taken for gone
  loop.upstream.alerts = [&](const auto& answer) { answer({loop.alertmanager, other}); };
  loop.restart();
  loop.runtime.pass(10min);
  loop.alertmanager.reachable = true;
  loop.runtime.pass(5min);
  EXPECT_EQ(loop.waits_for(), "");
  EXPECT_EQ(loop.reasons(loop.last_id), "unconfirmed");
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  loop.runtime.pass(1min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(1));
}

// Nobody is let in even before the engine's thread has come to anything.
TEST(Rebuilt, IsWaitedForFromTheBeginning) {
  for (const auto ack : {config::Ack::applied, config::Ack::journaled}) {
    for (const bool is_first : {true, false}) {
      Acknowledged loop{ack};
      loop.engine = loop.made();
      Engine::Kept kept;
      kept.is_first = is_first;
      loop.engine->recover(kept);
      EXPECT_EQ(loop.engine->waits_for().has_value(), ack == config::Ack::applied && is_first);
      loop.runtime.settle();
    }
  }
}

// Neither a stop nor what is asked of it meanwhile leaves anything that looks remembered.
TEST(Rebuilt, AStopMeanwhileLeavesItToTheNextStart) {
  Acknowledged loop{config::Ack::applied};
  loop.receive({loop.alert("test")});
  loop.knows(loop.alert("test"));
  loop.falls_silent();
  loop.forget();
  loop.engine->pause({"deployment default/other", "", "", std::nullopt, "", loop.runtime.now()});
  loop.receive({loop.alert("test")});
  loop.restart();
  EXPECT_NE(loop.waits_for(), "");
  loop.alertmanager.reachable = true;
  loop.runtime.pass(10s);
  EXPECT_EQ(loop.waits_for(), "");
  loop.receive({loop.alert("test"), loop.alert("other")});
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3)) << "no step again, and the pause holds";
}

// The question is under way when it stops.
TEST(Rebuilt, AnAnswerThatComesAfterTheStopChangesNothing) {
  Acknowledged loop{config::Ack::applied};
  std::function<void(upstream::AlertsAnswer)> late;
  loop.upstream.alerts = [&](auto answer) { late = std::move(answer); };
  loop.knows(loop.alert("test"));
  loop.forget();
  ASSERT_TRUE(late);
  auto stopped = loop.engine->stop();
  loop.runtime.settle();
  EXPECT_NE(stopped.wait_for(0s), std::future_status::ready) << "its setup is in use";
  late({loop.alertmanager});
  loop.runtime.settle();
  EXPECT_EQ(stopped.wait_for(0s), std::future_status::ready);
  EXPECT_THAT(loop.states, IsEmpty());
}

}  // namespace
}  // namespace scalehook::dispatch
