// What Alertmanager answers, and what comes while an answer is due.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dispatch/asked.hpp"

namespace scalehook::dispatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

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
