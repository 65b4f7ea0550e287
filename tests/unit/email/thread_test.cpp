#include "plugins/email/thread.hpp"

#include <gtest/gtest.h>

#include "tests/unit/email/sample.hpp"

namespace scalehook::email {
namespace {

constexpr Sender kSender{"ops", "example.org"};

TEST(MessageId, IsTheSameForTheSameEventsAndAnotherForOthers) {
  auto events = burst();
  EXPECT_EQ(message_id(std::span(events).first(1), kSender), "<01J_2f7_20_c3_a9.ops@example.org>");
  const auto group = message_id(events, kSender);
  EXPECT_EQ(group, message_id(burst(), kSender));
  EXPECT_TRUE(group.starts_with("<01J_2f7_20_c3_a9.3.")) << group;
  EXPECT_NE(group, message_id(events, {"managers", "example.org"}));
  auto others = events;
  others.back().id = "4";
  EXPECT_NE(group, message_id(others, kSender));
  auto other_split = events;
  events[1].id = "2";
  events[2].id = "34";
  other_split[1].id = "23";
  other_split[2].id = "4";
  EXPECT_NE(message_id(events, kSender), message_id(other_split, kSender));
  std::swap(others[1].id, others[2].id);
  EXPECT_NE(message_id(others, kSender), message_id(events, kSender));
}

TEST(Thread, MailsOfAnEpisodeAnswerOneThatWasNeverSent) {
  auto events = burst();
  const auto first = thread_headers(std::span(events).first(1), kSender);
  EXPECT_EQ(first,
            "In-Reply-To: <episode.1a.ops@example.org>\r\n"
            "References: <episode.1a.ops@example.org>\r\n");
  events[1].episode = events[2].episode = "1a";
  EXPECT_EQ(thread_headers(events, kSender), first);
  EXPECT_NE(thread_headers(events, {"managers", "example.org"}), first);
}

TEST(Thread, OfSeveralEpisodesThereIsNone) {
  auto events = burst();
  EXPECT_EQ(thread_headers(events, kSender), "");
  events[1].episode.clear();  // now one episode, and events without
  EXPECT_EQ(thread_headers(events, kSender), thread_headers(std::span(events).first(1), kSender));
  events[2].episode = "2b";
  EXPECT_EQ(thread_headers(events, kSender), "");
}

TEST(Thread, WithoutAnEpisodeThereIsNone) {
  auto one = event();
  one.episode.clear();
  EXPECT_EQ(thread_headers({&one, 1}, kSender), "");
}

}  // namespace
}  // namespace scalehook::email
