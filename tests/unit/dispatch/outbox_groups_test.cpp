// Events that are told in groups.
#include <gmock/gmock.h>

#include "tests/unit/dispatch/told.hpp"

namespace scalehook::dispatch {
namespace {

using plugin::Status;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A notifier that tells of several events in one.
struct Grouped : Told {
  explicit Grouped(int workloads = 300) {
    group_wait = 10s;
    engine->configure(setup());
    for (int number = 0; number < workloads; ++number) cluster.workloads[name(number)] = {2};
  }
  static std::string name(int number) { return "app-" + std::to_string(number); }
  void scale(int first, int count) {
    std::vector<alert::Alert> alerts;
    for (int number = first; number < first + count; ++number) {
      alerts.push_back(alert(name(number)));
    }
    notify(std::move(alerts));
  }
};

TEST(OutboxOfGroups, ABurstIsToldInOneOnceTheWaitIsOver) {
  Grouped loop;
  loop.scale(0, 3);
  loop.runtime.pass(4s);
  loop.scale(3, 2);
  loop.runtime.pass(5s);
  EXPECT_THAT(loop.groups, IsEmpty());
  loop.runtime.pass(2s);
  EXPECT_THAT(loop.groups, ElementsAre(5));
  EXPECT_THAT(loop.events, IsEmpty());
  loop.runtime.pass(1min);
  EXPECT_THAT(loop.groups, ElementsAre(5));
}

TEST(OutboxOfGroups, WhatComesLaterWaitsForItsOwn) {
  Grouped loop;
  loop.scale(0, 1);
  loop.runtime.pass(9s);
  EXPECT_THAT(loop.groups, IsEmpty());
  loop.runtime.pass(2s);
  loop.scale(1, 1);
  loop.runtime.pass(9s);
  EXPECT_THAT(loop.groups, ElementsAre(1));
  loop.runtime.pass(2s);
  EXPECT_THAT(loop.groups, ElementsAre(1, 1));
}

TEST(OutboxOfGroups, AFullGroupDoesNotWait) {
  Grouped loop;
  loop.scale(0, 250);
  EXPECT_THAT(loop.groups, ElementsAre(100, 100));
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, ElementsAre(100, 100, 50));
  EXPECT_THAT(loop.events, IsEmpty());
}

TEST(OutboxOfGroups, AGroupIsOfFourMebibytesAtMost) {
  Grouped loop;
  loop.notify(std::vector<alert::Alert>(5, long_alert(loop, 1 << 20)));
  loop.runtime.pass(21s);
  EXPECT_THAT(loop.groups, ElementsAre(3, 2));
  EXPECT_THAT(loop.events, IsEmpty());
}

TEST(OutboxOfGroups, OneThatLostAnEventToTooManyIsFormedAnew) {
  Grouped loop;
  loop.refuse_deliveries(1);
  loop.scale(0, 3);
  loop.runtime.pass(10s);
  loop.notify(std::vector<alert::Alert>(9'998, loop.alert("Not A Name")));
  EXPECT_THAT(loop.dead_letters, SizeIs(1));
  loop.runtime.pass(2s);
  ASSERT_THAT(loop.groups, SizeIs(testing::Gt(2)));
  EXPECT_EQ(loop.groups[1], 100);
}

TEST(OutboxOfGroups, AloneIsToldNoMoreThanWasInTheGroup) {
  Grouped loop;
  loop.deliveries = {fault(Status::invalid), fault(Status::retry)};
  loop.scale(0, 3);
  loop.runtime.pass(10s);
  loop.notify(std::vector<alert::Alert>(10'000, loop.alert("Not A Name")));
  EXPECT_THAT(loop.dead_letters, SizeIs(3));
  loop.runtime.pass(2s);
  ASSERT_THAT(loop.groups, SizeIs(testing::Gt(3)));
  EXPECT_EQ(loop.groups[2], 100);
}

// So that a mail that was taken all the same can be told from another.
TEST(OutboxOfGroups, TheSameGroupIsTriedAgain) {
  Grouped loop;
  loop.refuse_deliveries(2);
  loop.scale(0, 2);
  loop.runtime.pass(10s);
  loop.scale(2, 4);
  loop.runtime.pass(1min);
  EXPECT_THAT(loop.groups, ElementsAre(2, 2, 2, 4));
  EXPECT_THAT(loop.events, IsEmpty());
}

TEST(OutboxOfGroups, OneThatNeverWillBeTakenIsAsManyDeadLetters) {
  Grouped loop;
  loop.deliveries = {fault(Status::failed)};
  loop.scale(0, 3);
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.dead_letters, ElementsAre("as injected", "as injected", "as injected"));
  EXPECT_THAT(loop.events, IsEmpty());
  loop.scale(3, 1);
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, ElementsAre(3, 1));
}

TEST(OutboxOfGroups, AStopWaitsForNothingMore) {
  Grouped loop;
  loop.scale(0, 3);
  EXPECT_THAT(loop.groups, IsEmpty());
  loop.restart();
  EXPECT_THAT(loop.groups, ElementsAre(3));
  EXPECT_THAT(loop.events, IsEmpty());
}

TEST(OutboxOfGroups, WhatAStopCouldNotDeliverIsOneGroupAfterTheStart) {
  Grouped loop;
  loop.refuse_deliveries(2);
  loop.scale(0, 3);
  loop.restart();
  EXPECT_THAT(loop.groups, ElementsAre(3, 3));
  EXPECT_THAT(loop.events, SizeIs(3));
  loop.scale(3, 1);
  loop.runtime.pass(2s);
  EXPECT_THAT(loop.groups, ElementsAre(3, 3, 3));
  EXPECT_THAT(loop.events, SizeIs(1));
}

// Else a mail that was taken all the same could not be told from another.
TEST(OutboxOfGroups, AKillBeforeADeliveryIsNotedLeavesTheGroupAsItWas) {
  Grouped loop;
  loop.scale(0, 3);
  const auto waiting = loop.events;
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, ElementsAre(3));
  loop.scale(3, 2);
  loop.events.insert(waiting.begin(), waiting.end());
  loop.start_again();
  EXPECT_THAT(loop.groups, ElementsAre(3, 3)) << "it has waited once already";
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, ElementsAre(3, 3, 2));
  EXPECT_THAT(loop.events, IsEmpty());
  loop.scale(5, 2);
  loop.start_again();
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, ElementsAre(3, 3, 2, 2)) << "what is noted of old ones means nothing";
}

TEST(OutboxOfGroups, AKillLeavesOneThatWasToldAsIfAloneAlone) {
  Grouped loop;
  loop.scale(0, 1);
  const auto waiting = loop.events;
  loop.runtime.pass(11s);
  loop.scale(1, 2);
  loop.events.insert(waiting.begin(), waiting.end());
  loop.start_again();
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, ElementsAre(1, 1, 2));
}

TEST(OutboxOfGroups, AGroupIsToldOnceItIsNotedWhatItIs) {
  Grouped loop;
  loop.scale(0, 2);
  loop.hold_stores = true;
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, IsEmpty());
  loop.let_stores_go();
  EXPECT_THAT(loop.groups, ElementsAre(2));
}

TEST(OutboxOfGroups, AReloadWithoutTheWaitEndsIt) {
  Grouped loop;
  loop.scale(0, 2);
  loop.group_wait = {};
  loop.engine->configure(loop.setup());
  loop.scale(2, 1);
  EXPECT_THAT(loop.groups, ElementsAre(1, 1, 1));
}

TEST(OutboxOfGroups, AReloadMayShortenTheWaitThatGoesOn) {
  Grouped loop;
  loop.group_wait = 10min;
  loop.engine->configure(loop.setup());
  loop.scale(0, 2);
  loop.group_wait = 10s;
  loop.engine->configure(loop.setup());
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, ElementsAre(2));
  loop.runtime.pass(11min);
  EXPECT_THAT(loop.groups, ElementsAre(2));
}

TEST(OutboxOfGroups, AGroupThatIsTriedIsPartedForANotifierThatTakesNone) {
  Grouped loop;
  loop.refuse_deliveries(1);
  loop.scale(0, 3);
  loop.runtime.pass(10s);
  EXPECT_THAT(loop.groups, ElementsAre(3));
  loop.group_wait = {};
  loop.engine->configure(loop.setup());
  loop.runtime.pass(1min);
  EXPECT_THAT(loop.groups, ElementsAre(3, 1, 1, 1));
  EXPECT_THAT(loop.dead_letters, IsEmpty());
}

TEST(OutboxOfGroups, YoungEventsAreNotGivenUpWithAnOldOne) {
  Grouped loop;
  loop.refuse_deliveries(1000);
  loop.scale(0, 1);
  loop.runtime.pass(29min);
  loop.scale(1, 20);
  loop.runtime.pass(4min);
  EXPECT_THAT(loop.dead_letters, SizeIs(1));
  loop.deliveries.clear();
  loop.groups.clear();
  loop.runtime.pass(2min);
  EXPECT_THAT(loop.groups, ElementsAre(20));
  EXPECT_THAT(loop.dead_letters, SizeIs(1));
}

// The second of three is what the notifier cannot tell.
TEST(OutboxOfGroups, OneInvalidEventDoesNotTakeTheOthersAlong) {
  Grouped loop;
  loop.deliveries = {fault(Status::invalid), fault(Status::ok), fault(Status::invalid)};
  loop.scale(0, 3);
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, ElementsAre(3, 1, 1, 1));
  EXPECT_THAT(loop.dead_letters, SizeIs(1));
  EXPECT_THAT(loop.events, IsEmpty());
  loop.scale(3, 2);
  loop.runtime.pass(11s);
  EXPECT_THAT(loop.groups, ElementsAre(3, 1, 1, 1, 2)) << "those that follow are a group again";
}

}  // namespace
}  // namespace scalehook::dispatch
