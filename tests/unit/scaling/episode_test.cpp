// Rules 3 to 5 and 28: alerts in any order, late, twice, and from several senders.
#include <gtest/gtest.h>

#include "tests/unit/scaling/world.hpp"

namespace scalehook::scaling {
namespace {

using Effects = std::vector<Effect>;

// One alert, whose notifications are kept to be sent again.
struct Sender : World {
  explicit Sender(std::int64_t replicas = 2) : World{replicas} {
    rule("busy", Action::scale_out, Step{1});
  }
  Observation firing() { return alert(alert::Status::firing, "busy"); }
  static Observation resolved(Observation seen, SenderTime ends_at) {
    seen.status = alert::Status::resolved;
    seen.ends_at = ends_at;
    return seen;
  }
};

TEST(Episode, AnyStartsAtContinuesWhatIsOpen) {
  Sender world;
  const auto first = world.firing();
  EXPECT_EQ(world.notify({first}), Effects{Effect::opened});
  world.settle();
  auto earlier = first;  // of the other Prometheus of a pair
  earlier.starts_at -= 30s;
  EXPECT_EQ(world.notify({earlier}), Effects{Effect::duplicate});
  auto later = first;
  later.starts_at += 30s;
  EXPECT_EQ(world.notify({later}), Effects{Effect::duplicate});
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_EQ(world.notify({Sender::resolved(first, first.starts_at + 20s)}), Effects{Effect::old})
      << "it ended before what fires now began";
  EXPECT_EQ(world.notify({Sender::resolved(first, first.starts_at + 60s)}),
            Effects{Effect::closed});
}

TEST(Episode, AFiringRightAfterItsResolveIsAnotherSendersDelay) {
  Sender world;
  const auto firing = world.firing();
  world.notify({firing});
  world.settle();
  world.notify({Sender::resolved(firing, firing.starts_at + 60s)});
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
  EXPECT_EQ(world.notify({firing}), Effects{Effect::stale});
  EXPECT_EQ(world.settle(), Reason::no_change);
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Episode, LaterThanAMinuteItGoesOnWithTheWantItHad) {
  Sender world;
  world.rules["busy"]->on_resolved = OnResolved::hold;
  const auto firing = world.firing();
  world.notify({firing});
  world.settle();
  world.notify({Sender::resolved(firing, firing.starts_at + 60s)});
  EXPECT_EQ(world.settle(), Reason::held);
  world.now += 60s;
  EXPECT_EQ(world.notify({firing}), Effects{Effect::reopened});
  EXPECT_EQ(world.settle(), Reason::no_change) << "no further step";
  EXPECT_EQ(world.target.replicas, 3);
  EXPECT_EQ(world.memory.baseline, 2) << "nor another count of before";
}

TEST(Episode, AnAlertThatFiresAnewIsANewOne) {
  Sender world;
  world.rules["busy"]->on_resolved = OnResolved::hold;
  world.notify({world.firing()});
  world.settle();
  world.resolve("busy");
  world.settle();
  EXPECT_EQ(world.notify({world.firing()}), Effects{Effect::opened});
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 4);
}

TEST(Episode, AResolveThatOvertakesItsFiringStopsIt) {
  Sender world;
  const auto firing = world.firing();
  EXPECT_EQ(world.notify({Sender::resolved(firing, firing.starts_at + 60s)}),
            Effects{Effect::duplicate});
  EXPECT_EQ(world.notify({firing}), Effects{Effect::stale});
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Episode, AReplayThatFiresAfterAllGoesOn) {
  Sender world;
  const auto firing = world.firing();
  world.notify({firing});
  world.settle();
  world.notify({Sender::resolved(firing, firing.starts_at + 60s)});
  world.settle();
  world.notify({firing});
  const Key key = firing.series->key;
  EXPECT_TRUE(reopen(world.memory, key, world.now + 60s));
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
  EXPECT_FALSE(reopen(world.memory, key, world.now)) << "it is open";
}

TEST(Episode, AnAlertThatNobodyConfirmsExpires) {
  for (const bool resolves : {false, true}) {
    Sender world;
    auto& behavior = *world.rules["busy"];
    behavior.claim_ttl = 600s;
    if (resolves) behavior.on_expired = OnExpired::resolve;
    const auto firing = world.firing();
    world.notify({firing});
    world.settle();
    EXPECT_EQ(next_expiry(world.memory), world.now + 600s);
    EXPECT_TRUE(expire(world.memory, world.now + 599s).empty());
    world.now += 600s;
    EXPECT_EQ(expire(world.memory, world.now).size(), 1u);
    EXPECT_EQ(world.settle(), resolves ? Reason::applied : Reason::held);
    EXPECT_EQ(world.target.replicas, resolves ? 2 : 3);

    EXPECT_EQ(world.notify({firing}), Effects{Effect::reopened}) << "at once: it was not resolved";
    world.settle();
    EXPECT_EQ(world.target.replicas, 3);
    world.resolve("busy");
    for (int wait = 0; wait < 3; ++wait) world.settle_after(1h);
    EXPECT_EQ(world.target.replicas, 2) << "with the baseline it had";
  }
}

TEST(Episode, AnExpiredOneGoesOnWhateverItsStartsAt) {
  Sender world;
  const auto firing = world.firing();
  world.notify({firing});
  world.settle();
  world.now += 5h;
  expire(world.memory, world.now);
  world.settle();
  EXPECT_EQ(world.notify({world.firing()}), Effects{Effect::reopened});
  EXPECT_EQ(world.settle(), Reason::no_change) << "no further step";
  EXPECT_EQ(world.memory.baseline, 2);
}

TEST(Episode, GoneFromAlertmanagerIsResolved) {
  Sender world;
  const auto firing = world.firing();
  world.notify({firing});
  world.settle();
  close_as_gone(world.memory, firing.series->key, world.now);
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 2);
}

// A resolve says itself which episode it ends, also one whose firing is late.
TEST(Episode, AResolveOfALaterEpisodeThanWasHeardOf) {
  Sender world;
  const auto first = world.firing();
  world.notify({first});
  world.settle();
  auto second = first;
  second.starts_at += 100s;
  world.now += 120s;
  EXPECT_EQ(world.notify({Sender::resolved(second, second.starts_at + 20s)}),
            Effects{Effect::closed});
  world.settle();
  EXPECT_EQ(world.notify({second}), Effects{Effect::stale});
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
}

// One alert of several series: with `ignore_labels`, each pod's.
struct Pods : Sender {
  Observation firing_of(const std::string& pod) { return with_label(firing(), "pod", pod); }
};

TEST(Episode, AResolveOvertakesTheFiringOfAFurtherSeries) {
  Pods world;
  const auto one = world.firing_of("a");
  const auto other = world.firing_of("b");
  world.notify({one});
  world.settle();
  EXPECT_EQ(world.notify({Sender::resolved(other, world.sender_now())}),
            Effects{Effect::duplicate});
  EXPECT_EQ(world.notify({other}), Effects{Effect::stale});
  EXPECT_EQ(world.notify({Sender::resolved(one, world.sender_now())}), Effects{Effect::closed});
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
}

TEST(Episode, ASeriesThatFiresAgainTooSoonToTellIsTakenUpIfItDoes) {
  Pods world;
  const auto one = world.firing_of("a");
  const auto other = world.firing_of("b");
  world.notify({one, other});
  world.settle();
  EXPECT_EQ(world.notify({Sender::resolved(other, world.sender_now())}), Effects{Effect::narrowed});
  EXPECT_EQ(world.notify({other}), Effects{Effect::stale});
  EXPECT_EQ(world.notify({Sender::resolved(one, world.sender_now())}), Effects{Effect::closed});
  world.settle();
  EXPECT_EQ(world.target.replicas, 2);
  const Key key = one.series->key;
  ASSERT_TRUE(world.memory.closed.at(key).replay);
  EXPECT_TRUE(world.memory.closed.at(key).replay->firing.contains(other.series->labels));
  EXPECT_TRUE(reopen(world.memory, key, world.now += 60s));
  EXPECT_EQ(world.settle(), Reason::applied);
  EXPECT_EQ(world.target.replicas, 3);
}

TEST(Episode, ASeriesStartsAnewWithinAnOpenClaim) {
  Pods world;
  const auto one = world.firing_of("a");
  auto later = one;
  later.starts_at += 60s;
  world.notify({one, world.firing_of("b")});
  world.now += 120s;
  EXPECT_EQ(world.notify({later}), Effects{Effect::duplicate});
  EXPECT_EQ(world.notify({Sender::resolved(one, one.starts_at + 30s)}), Effects{Effect::old});
  EXPECT_EQ(world.notify({Sender::resolved(later, later.starts_at + 30s), later}),
            (Effects{Effect::overtaken, Effect::duplicate}));
}

}  // namespace
}  // namespace scalehook::scaling
