// What is told to a notifier, and survives until it is.
#include <gmock/gmock.h>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using plugin::Status;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Told : Loop {
  Told() { cluster.workloads["test"] = {2}; }

  void refuse_deliveries(int count) {
    for (int number = 0; number < count; ++number) deliveries.push_back(fault(Status::retry));
  }
};

TEST(Outbox, WhatIsDeliveredIsKeptNoLonger) {
  Told loop;
  loop.notify({loop.alert("test")});
  EXPECT_THAT(loop.told, SizeIs(1));
  EXPECT_THAT(loop.events, IsEmpty());
}

// After a kill the decision would be made again, and be told as another.
TEST(Outbox, NothingIsToldBeforeItIsStored) {
  Told loop;
  loop.cluster.workloads["test"] = {10};  // at its limit: nothing is to be written
  loop.hold_stores = true;
  loop.notify({loop.alert("test")});
  EXPECT_THAT(loop.told, IsEmpty());
  loop.let_stores_go();
  EXPECT_THAT(loop.told, SizeIs(1));
}

TEST(Outbox, WhatIsDecidedLastIsToldBeforeTheStop) {
  Told loop;
  loop.cluster.workloads["test"] = {10};
  loop.hold_stores = true;
  loop.notify({loop.alert("test")});
  loop.restart();
  EXPECT_THAT(loop.told, SizeIs(1));
}

TEST(Outbox, WhatWaitsIsToldAfterTheNextStartInItsOrder) {
  Told loop;
  loop.refuse_deliveries(1000);
  loop.notify({loop.alert("test")});
  loop.notify({loop.alert("test", alert::Status::resolved)});
  EXPECT_THAT(loop.events, SizeIs(2));
  loop.told.clear();
  loop.restart();
  loop.deliveries.clear();
  loop.runtime.pass(2min);
  ASSERT_THAT(loop.told, SizeIs(testing::Ge(2)));
  const auto& last = loop.told.back();
  const auto& before = loop.told[loop.told.size() - 2];
  EXPECT_EQ(before.at("direction"), "out");
  EXPECT_EQ(last.at("direction"), "in");
  EXPECT_THAT(loop.events, IsEmpty());
  EXPECT_THAT(loop.dead_letters, IsEmpty());
}

TEST(Outbox, IsTriedForHalfAnHour) {
  Told loop;
  loop.refuse_deliveries(1000);
  loop.notify({loop.alert("test")});
  loop.runtime.pass(29min);
  EXPECT_THAT(loop.dead_letters, IsEmpty());
  EXPECT_THAT(loop.told, SizeIs(testing::AllOf(testing::Gt(25), testing::Lt(40))));
  loop.runtime.pass(3min);
  EXPECT_THAT(loop.dead_letters, ElementsAre("as injected"));
  const auto tries = loop.told.size();
  loop.runtime.pass(1h);
  EXPECT_THAT(loop.told, SizeIs(tries));
}

// Nobody wants to hear of yesterday's outage for days.
TEST(Outbox, EachIsGivenUpHalfAnHourAfterItWasMade) {
  Told loop;
  loop.refuse_deliveries(1000);
  loop.notify({loop.alert("test")});
  loop.notify({loop.alert("test", alert::Status::resolved)});
  loop.runtime.pass(32min);
  EXPECT_THAT(loop.dead_letters, SizeIs(2));
  loop.deliveries.clear();
  loop.notify({loop.alert("none")});
  EXPECT_THAT(loop.events, IsEmpty());
  EXPECT_THAT(loop.dead_letters, SizeIs(2));
}

TEST(Outbox, WhatNeverWillBeTakenIsADeadLetterAtOnce) {
  Told loop;
  loop.deliveries = {fault(Status::failed)};
  loop.notify({loop.alert("test")});
  EXPECT_THAT(loop.dead_letters, ElementsAre("as injected"));
  EXPECT_THAT(loop.events, IsEmpty());
}

TEST(Outbox, WhatIsForANotifierThatIsGoneIsADeadLetter) {
  Told loop;
  loop.refuse_deliveries(1000);
  loop.notify({loop.alert("test")});
  auto without = std::make_shared<dispatch::Setup>(*loop.setup());
  without->notifiers.clear();
  loop.engine->configure(without);
  loop.runtime.pass(2min);
  EXPECT_THAT(loop.dead_letters, ElementsAre("its notifier is no longer configured"));
}

TEST(Outbox, OfTooManyTheOldestAreDeadLetters) {
  constexpr std::size_t most = 10'000;
  Told loop;
  loop.refuse_deliveries(1);
  std::vector<alert::Alert> alerts(most + 5, loop.alert("Not A Name"));  // each is turned away
  loop.notify(std::move(alerts));
  EXPECT_THAT(loop.dead_letters, SizeIs(5));
  EXPECT_THAT(loop.events, SizeIs(most));
  loop.runtime.pass(2min);
  EXPECT_THAT(loop.events, IsEmpty());
}

TEST(Outbox, WhatIsBeingDeliveredIsNotTheOldestOfTooMany) {
  constexpr std::size_t most = 10'000;
  Told loop;
  std::vector<std::string> told;
  std::function<void(plugin::Outcome)> answer;
  auto hanging = std::make_shared<dispatch::Setup>(*loop.setup());
  hanging->notifiers["watcher"].notify = [&](const std::vector<std::string>& events,
                                             const plugin::Input&, std::chrono::milliseconds,
                                             std::function<void(plugin::Outcome)> its) {
    told.push_back(events.front());
    answer = std::move(its);
  };
  loop.engine->configure(hanging);
  loop.notify({loop.alert("test")});
  ASSERT_THAT(told, SizeIs(1));
  loop.notify(std::vector<alert::Alert>(most, loop.alert("Not A Name")));
  EXPECT_THAT(loop.dead_letters, SizeIs(1));
  answer(fault(Status::ok));
  loop.runtime.settle();
  EXPECT_THAT(loop.dead_letters, SizeIs(1)) << "one of the others";
  EXPECT_THAT(loop.events, SizeIs(most - 1));
  EXPECT_THAT(told, ElementsAre(testing::HasSubstr("applied"), testing::HasSubstr("no-target")));
}

// An event of some size.
alert::Alert long_alert(Told& loop, std::size_t bytes) {
  auto alert = loop.alert("Not A Name");
  alert.annotations["text"] = std::string(bytes, 'x');
  return alert;
}

TEST(Outbox, OfTooManyBytesTheOldestAreDeadLetters) {
  Told loop;
  loop.refuse_deliveries(1);
  loop.notify(std::vector<alert::Alert>(40, long_alert(loop, 1 << 20)));
  EXPECT_THAT(loop.dead_letters, SizeIs(9)) << "32 MiB are less than 32 such events";
  loop.runtime.pass(2min);
  EXPECT_THAT(loop.events, IsEmpty());
}

TEST(Outbox, AsksAgainWhenItIsToldToButNoLaterThanAfterFiveMinutes) {
  Told loop;
  auto later = fault(Status::retry);
  later.retry_after = 2min;
  auto tomorrow = fault(Status::retry);
  tomorrow.retry_after = 24h;
  loop.deliveries = {later, tomorrow};
  loop.notify({loop.alert("test")});
  loop.runtime.pass(119s);
  EXPECT_THAT(loop.told, SizeIs(1));
  loop.runtime.pass(5s);
  EXPECT_THAT(loop.told, SizeIs(2));
  loop.runtime.pass(290s);
  EXPECT_THAT(loop.told, SizeIs(2));
  loop.runtime.pass(10s);
  EXPECT_THAT(loop.told, SizeIs(3));
  EXPECT_THAT(loop.events, IsEmpty());
}

TEST(Outbox, AStopGivesNothingUp) {
  Told loop;
  loop.refuse_deliveries(1000);
  loop.notify({loop.alert("test")});
  loop.runtime.pass(30min + 1s);  // it is old enough, and the next try would be the last
  EXPECT_THAT(loop.dead_letters, IsEmpty());
  loop.restart();
  EXPECT_THAT(loop.dead_letters, IsEmpty());
  EXPECT_THAT(loop.events, SizeIs(1));
}

TEST(Outbox, WhatIsDecidedDuringTheStopIsToldInIt) {
  Told loop;
  loop.cluster.hold_back = true;
  loop.notify({loop.alert("test")});
  loop.cluster.workloads["test"] = {10};  // at its limit: nothing is to be written
  auto stopped = loop.engine->stop();
  loop.runtime.settle();
  loop.hold_stores = true;
  loop.cluster.let_go();
  loop.runtime.settle();
  EXPECT_THAT(loop.told, SizeIs(1));
}

// The first of two being stored is no leave to tell the second.
TEST(Outbox, EachIsToldOnceItIsStoredItself) {
  Told loop;
  loop.cluster.workloads["test"] = {10};
  loop.hold_stores = true;
  loop.notify({loop.alert("test")});
  const auto first = std::exchange(loop.held_stores, {});
  loop.notify({loop.alert("none")});
  for (const auto& stored : first) stored();
  loop.runtime.settle();
  EXPECT_THAT(loop.told, SizeIs(1));
  loop.let_stores_go();
  EXPECT_THAT(loop.told, SizeIs(2));
}

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

// What is noted of a notification at once is not noted again when the rest is done after a kill.
TEST(Outbox, WhatWasToldBeforeAKillIsNotToldAgain) {
  Told loop;
  loop.cluster.is_down = true;
  auto stray = loop.alert("Not A Name");
  const auto id = loop.notify({loop.alert("test"), stray});
  EXPECT_THAT(loop.records[id], SizeIs(1));
  EXPECT_THAT(loop.told, SizeIs(1));
  EXPECT_THAT(loop.kept(Engine::begun_kind), SizeIs(1));
  loop.cluster.is_down = false;
  loop.restart();
  loop.runtime.pass(1min);
  EXPECT_EQ(loop.reasons(id), "no-target applied");
  EXPECT_THAT(loop.told, SizeIs(2));
  EXPECT_THAT(loop.kept(Engine::begun_kind), IsEmpty());
}

// A change whose intent is not on disk might be made twice.
TEST(Outbox, NothingIsWrittenBeforeItsIntentIsStored) {
  Told loop;
  loop.hold_stores = true;
  loop.notify({loop.alert("test")});
  loop.runtime.pass(1h);
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  loop.let_stores_go();
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

TEST(Outbox, APauseThatComesMeanwhileCounts) {
  Told loop;
  loop.hold_stores = true;
  loop.notify({loop.alert("test")});
  loop.engine->pause({});
  loop.runtime.settle();
  loop.let_stores_go();
  EXPECT_THAT(loop.cluster.writes, IsEmpty());
  loop.engine->resume("", "");
  loop.runtime.settle();
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3));
}

}  // namespace
}  // namespace scalehook::dispatch
