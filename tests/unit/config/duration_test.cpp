#include "core/config/duration.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scalehook::config {
namespace {

using namespace std::chrono_literals;

TEST(Duration, AsPrometheusWritesThem) {
  EXPECT_EQ(*parse_duration("0"), 0s);
  EXPECT_EQ(*parse_duration("0s"), 0s);
  EXPECT_EQ(*parse_duration("300s"), 300s);
  EXPECT_EQ(*parse_duration("5m"), 300s);
  EXPECT_EQ(*parse_duration("1h30m"), 5400s);
  EXPECT_EQ(*parse_duration("1d"), 24h);
  EXPECT_EQ(*parse_duration("1w"), 168h);
  EXPECT_EQ(*parse_duration("1y2w3d4h5m6s"), 24h * (365 + 14 + 3) + 4h + 5min + 6s);
  EXPECT_EQ(*parse_duration("2000ms"), 2s);
  EXPECT_EQ(*parse_milliseconds("500ms"), 500ms);
  EXPECT_EQ(*parse_milliseconds("1m500ms"), 60'500ms);
  EXPECT_EQ(*parse_duration("100y"), 24h * 365 * 100);
}

TEST(Duration, RefusesWhatPrometheusRefuses) {
  for (const char* text : {"", "s", "5", "5 m", "m5", "1.5h", "-5m", "+5m", "30m1h", "5m5m", "5M",
                           "5min", "1h ", "h30m", "١m"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, SaysWhatIsWrong) {
  EXPECT_THAT(parse_duration("300").error(), ::testing::HasSubstr("no unit"));
  EXPECT_THAT(parse_duration("500ms").error(), ::testing::HasSubstr("whole seconds"));
  EXPECT_THAT(parse_duration("101y").error(), ::testing::HasSubstr("100 years"));
  EXPECT_THAT(parse_duration("99y9000w").error(), ::testing::HasSubstr("100 years"));
  EXPECT_FALSE(parse_duration("9223372036854775807y"));
  EXPECT_FALSE(parse_duration("9223372036854775808s"));
}

TEST(Since, IsATimeOrADurationBeforeNow) {
  const alert::Time now{std::chrono::hours{10}};
  EXPECT_EQ(*parse_since("2h", now), alert::Time{std::chrono::hours{8}});
  EXPECT_EQ(*parse_since("0", now), now);
  EXPECT_EQ(*parse_since("1970-01-01T01:00:00+00:00", now), alert::Time{std::chrono::hours{1}});
  for (const auto* text : {"", "yesterday", "2 h", "-2h", "1970-01-01"}) {
    EXPECT_FALSE(parse_since(text, now)) << text;
  }
}

}  // namespace
}  // namespace scalehook::config
