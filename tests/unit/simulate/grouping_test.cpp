#include "core/simulate/grouping.hpp"

#include <gtest/gtest.h>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

// Alertmanager from second 0, with group_wait 30s, group_interval 5m and repeat_interval 1h.
struct Group {
  Clock clock{Time{}};
  std::vector<std::string> heard;  // "SECOND: a=1 b=resolved"
  Grouping grouping{
      clock, {30s, 5min, 1h}, [this](const alert::Notification& notification) {
        std::string all = std::to_string(second()) + ":";
        for (const auto& alert : notification.alerts) {
          all += " " + alert.labels.at("name") + "=" +
                 (alert.status == alert::Status::resolved ? "resolved"
                                                          : alert.annotations.at("value"));
          EXPECT_EQ(alert.ends_at.has_value(), alert.status == alert::Status::resolved);
        }
        heard.push_back(all);
      }};

  long second() const { return clock.now().time_since_epoch() / std::chrono::nanoseconds{1s}; }

  void until(std::chrono::seconds time) { clock.pass(Time{time} - clock.now()); }

  void fire(const std::string& name, const std::string& value) {
    auto& started = starts[name];
    if (!started) started = clock.now();
    grouping.post({{{{"name", name}}, {{"value", value}}, *started, clock.now() + 10h}});
  }
  void resolve(const std::string& name) {
    grouping.post({{{{"name", name}}, {{"value", "0"}}, *starts[name], clock.now()}});
    starts[name].reset();
  }

 private:
  std::map<std::string, std::optional<Time>> starts;
};

using Heard = std::vector<std::string>;

TEST(Grouping, WaitsThenTellsWhatChangedAtEachInterval) {
  Group group;
  group.until(10s);
  group.fire("a", "31");
  group.until(20s);
  group.fire("b", "32");
  group.until(39s);
  EXPECT_EQ(group.heard, Heard{});
  group.until(40s);
  EXPECT_EQ(group.heard, (Heard{"40: a=31 b=32"}));
  group.until(50s);
  group.fire("c", "33");
  group.until(339s);
  EXPECT_EQ(group.heard.size(), 1U) << "what comes later waits for group_interval";
  group.until(340s);
  EXPECT_EQ(group.heard.back(), "340: a=31 b=32 c=33");
  group.until(400s);
  group.resolve("a");
  group.until(1000s);
  EXPECT_EQ(group.heard.back(), "640: a=resolved b=32 c=33");
  group.resolve("b");
  group.resolve("c");
  group.until(1300s);
  EXPECT_EQ(group.heard.back(), "1240: b=resolved c=resolved");
  EXPECT_EQ(group.heard.size(), 4U);
}

TEST(Grouping, ANewValueIsNoChangeAndComesWithTheNextNotification) {
  Group group;
  group.fire("a", "31");
  group.until(100s);
  group.fire("a", "45");
  group.until(3600s);
  EXPECT_EQ(group.heard, (Heard{"30: a=31"}));
  // At 3630 s not more than an hour has passed.
  group.until(3930s);
  EXPECT_EQ(group.heard, (Heard{"30: a=31", "3930: a=45"}));
}

TEST(Grouping, WhatFiredAndEndedWithinAnIntervalIsNeverToldOfBefore) {
  Group group;
  group.fire("a", "31");
  group.until(20s);
  group.resolve("a");
  group.until(1h);
  EXPECT_EQ(group.heard, Heard{});
}

TEST(Grouping, AnAlertThatComesAndGoesBetweenTwoFlushesOfAFiringGroupIsToldAsResolved) {
  Group group;
  group.fire("a", "31");
  group.until(40s);
  group.fire("b", "32");
  group.until(50s);
  group.resolve("b");
  group.until(1000s);
  EXPECT_EQ(group.heard, (Heard{"30: a=31", "330: a=31 b=resolved"}));
}

TEST(Grouping, AResolvedAlertThatIsSentAgainIsNotToldAgain) {
  Group group;
  group.fire("a", "31");
  group.until(60s);
  group.resolve("a");
  for (int again = 0; again < 7; ++again) {
    group.until(std::chrono::seconds{400 + 120 * again});
    group.grouping.post({{{{"name", "a"}}, {{"value", "0"}}, Time{}, Time{60s}}});
  }
  group.until(2h);
  EXPECT_EQ(group.heard, (Heard{"30: a=31", "330: a=resolved"}));
}

TEST(Grouping, AnEmptyGroupIsDroppedAndTheNextAlertWaitsForGroupWait) {
  Group group;
  group.fire("a", "31");
  group.until(60s);
  group.resolve("a");
  group.until(345s);  // told at 330 s, which is before the clean-up then
  group.fire("a", "33");
  group.until(1000s);
  EXPECT_EQ(group.heard.back(), "375: a=33");
}

TEST(Grouping, BeforeItIsDroppedItWaitsForGroupInterval) {
  Group group;
  group.until(5s);
  group.fire("a", "31");
  group.until(60s);
  group.resolve("a");
  group.until(340s);  // told at 335 s; cleaned up at 360 s
  group.fire("a", "33");
  group.until(1000s);
  EXPECT_EQ(group.heard, (Heard{"35: a=31", "335: a=resolved", "635: a=33"}));
}

TEST(Grouping, WhatBeganLongAgoIsToldAtOnce) {
  Group group;
  group.until(100s);
  group.grouping.post({{{{"name", "a"}}, {{"value", "31"}}, Time{60s}, Time{10h}}});
  group.until(100s);
  EXPECT_EQ(group.heard, (Heard{"100: a=31"}));
}

TEST(Grouping, AnAlertThatNobodyRefreshesIsResolvedAtItsEnd) {
  Group group;
  group.grouping.post({{{{"name", "a"}}, {{"value", "31"}}, Time{}, Time{4min}}});
  group.until(1h);
  EXPECT_EQ(group.heard, (Heard{"30: a=31", "330: a=resolved"}));
}

}  // namespace
}  // namespace scalehook::simulate
