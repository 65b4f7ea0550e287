#include "plugins/email/event.hpp"

#include <gtest/gtest.h>

#include "tests/unit/email/sample.hpp"

namespace scalehook::email {
namespace {

TEST(Event, WhatIsMissingIsLeftOut) {
  const auto bare = event(R"({"id":"1","time":"2026-11-23T16:06:10Z","kind":"refused",
                              "alerts":[{},"x"],"from":"two","episode":7})");
  EXPECT_FALSE(bare.from);
  EXPECT_EQ(bare.alerts.size(), 1U);
  EXPECT_EQ(bare.episode, "");
  const auto with_episode = [](std::size_t size) {
    return event(R"({"id":"1","time":"2026-11-23T16:06:10Z","kind":"refused","episode":")" +
                 std::string(size, 'x') + "\"}")
        .episode.size();
  };
  EXPECT_EQ(with_episode(200), 200U);
  EXPECT_EQ(with_episode(201), 0U);  // its header would be too long for a line
}

TEST(Event, WithoutItsEssentialsIsRefused) {
  for (const auto* json : {"", "[]", "{", R"({"time":"2026-11-23T16:06:10Z","kind":"scaled"})",
                           R"({"id":"1","time":"today","kind":"scaled"})",
                           R"({"id":"1","time":"2026-11-23T16:06:10Z"})", "{\"id\":\"\xFF\"}"}) {
    const auto parsed = parse_event(json);
    ASSERT_FALSE(parsed) << json;
    EXPECT_EQ(parsed.error().code, "bad-event");
    EXPECT_EQ(parsed.error().status, status::failed);
  }
  EXPECT_FALSE(parse_event("{\"id\":\"" + std::string(201, 'x') +
                           R"(","time":"2026-11-23T16:06:10Z","kind":"scaled"})"));
}

}  // namespace
}  // namespace scalehook::email
