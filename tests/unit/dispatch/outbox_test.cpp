// What is told to a notifier, and survives until it is.
#include <gmock/gmock.h>

#include "tests/unit/dispatch/told.hpp"

namespace scalehook::dispatch {
namespace {

using plugin::Status;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

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
