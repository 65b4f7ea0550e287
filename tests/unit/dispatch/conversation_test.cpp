// What tells which events are of one story: their `episode`.
#include <gmock/gmock.h>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using alert::Status;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Conversation : Loop {
  Conversation() { cluster.workloads["test"] = {2}; }

  alert::Alert later(const std::string& name, Status status = Status::firing) {
    auto made = alert(name, status);
    made.starts_at += 24h;
    if (made.ends_at) *made.ends_at += 24h;
    return made;
  }
  // Of all that was told since the last time; "-" where there is none.
  std::vector<std::string> episodes() {
    std::vector<std::string> all;
    for (const auto& event : told) {
      const auto* episode = event.as_object().if_contains("episode");
      all.emplace_back(episode == nullptr ? "-" : std::string{episode->as_string()});
    }
    told.clear();
    return all;
  }
};

TEST(Conversation, OneEpisodeLastsFromTheFirstAlertUntilAllIsUndone) {
  Conversation loop;
  loop.notify({loop.alert("test")});
  loop.runtime.pass(1min);
  loop.notify({loop.alert("test")});  // nothing new
  loop.notify({loop.alert("test", Status::resolved)});
  ASSERT_EQ(loop.cluster.workloads["test"].replicas, 2);
  const auto first = loop.episodes();
  ASSERT_THAT(first, SizeIs(3));
  EXPECT_THAT(first, Each(first.front()));
  EXPECT_NE(first.front(), "-");

  loop.runtime.pass(1h);
  loop.notify({loop.later("test")});
  const auto second = loop.episodes();
  ASSERT_THAT(second, SizeIs(1));
  EXPECT_NE(second.front(), "-");
  EXPECT_NE(second.front(), first.front());
}

TEST(Conversation, GoesOnOverARestart) {
  Conversation loop;
  loop.notify({loop.alert("test")});
  const auto before = loop.episodes();
  loop.restart();
  loop.notify({loop.alert("test", Status::resolved)});
  EXPECT_EQ(loop.episodes(), before);
}

TEST(Conversation, HasTheFaultsOfItsBeginning) {
  Conversation loop;
  loop.cluster.is_down = true;
  loop.notify({loop.alert("test")});
  loop.runtime.pass(10min);
  const auto troubled = loop.episodes();
  ASSERT_THAT(troubled, SizeIs(1));
  loop.cluster.is_down = false;
  loop.runtime.pass(1min);
  EXPECT_EQ(loop.episodes(), troubled);
  EXPECT_NE(troubled.front(), "-");
}

TEST(Conversation, AnotherWorkloadHasItsOwn) {
  Conversation loop;
  loop.cluster.workloads["other"] = {2};
  loop.notify({loop.alert("test"), loop.alert("other")});
  const auto both = loop.episodes();
  ASSERT_THAT(both, SizeIs(2));
  EXPECT_NE(both[0], both[1]);
}

TEST(Conversation, WhatHasNoTargetHasNone) {
  Conversation loop;
  loop.notify({loop.alert("Not A Name")});
  EXPECT_EQ(loop.episodes(), std::vector<std::string>{"-"});
}

// One that a resolve came before its firing of says nothing of a run.
TEST(Conversation, AResolveOfNothingBeginsNone) {
  Conversation loop;
  loop.notify({loop.alert("test", Status::resolved)});
  EXPECT_EQ(loop.episodes(), std::vector<std::string>{"-"});
}

TEST(Conversation, AnAlertThatExpiresIsOfIt) {
  Conversation loop;
  for (auto& rule : loop.config.rules) rule.behavior.claim_ttl = 1h;
  loop.restart();
  loop.notify({loop.alert("test")});
  const auto first = loop.episodes();
  loop.runtime.pass(2h);
  const auto later = loop.episodes();
  ASSERT_THAT(later, ::testing::Not(IsEmpty()));
  EXPECT_THAT(later, Each(first.front()));
}

}  // namespace
}  // namespace scalehook::dispatch
