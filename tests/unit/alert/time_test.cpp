#include "core/alert/time.hpp"

#include <gtest/gtest.h>

namespace scalehook::alert {
namespace {

TEST(Time, ReadsWhatGoWrites) {
  struct Row {
    const char* text;
    const char* utc;
  };
  for (const auto& [text, utc] : {
           Row{"2026-11-23T16:06:10.585Z", "2026-11-23T16:06:10.585Z"},
           Row{"2026-11-23T16:06:10Z", "2026-11-23T16:06:10.000Z"},
           Row{"2026-11-23T16:06:10.123456789Z", "2026-11-23T16:06:10.123Z"},
           Row{"2026-11-23T16:06:10.1234567891234Z", "2026-11-23T16:06:10.123Z"},
           Row{"2026-11-23T18:36:10.5+02:30", "2026-11-23T16:06:10.500Z"},
           Row{"2026-11-23T00:30:00-01:00", "2026-11-23T01:30:00.000Z"},
           Row{"2024-02-29T23:59:60Z", "2024-03-01T00:00:00.000Z"},
           Row{"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
       }) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_text(*time), utc) << text;
  }
}

TEST(Time, KeepsNanoseconds) {
  const auto whole = parse_time("2026-11-23T16:06:10Z");
  const auto fraction = parse_time("2026-11-23T16:06:10.000000007Z");
  ASSERT_TRUE(whole && fraction);
  EXPECT_EQ(*fraction - *whole, std::chrono::nanoseconds{7});
}

TEST(Time, RefusesWhatIsNone) {
  for (const char* text :
       {"", "now", "2026-11-23", "2026-11-23T16:06:10", "2026-13-23T16:06:10Z",
        "2026-02-30T16:06:10Z", "2026-11-23T24:06:10Z", "2026-11-23T16:60:10Z",
        "2026-11-23T16:06:10.Z", "2026-11-23T16:06:10Z ", "2026-11-23T16:06:10+2:00",
        "2026-11-23T16:06:-1Z", "0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

}  // namespace
}  // namespace scalehook::alert
