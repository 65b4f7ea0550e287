#include "plugins/email/date.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace scalehook::email {
namespace {

using namespace std::chrono_literals;

std::string mail_date(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? to_rfc5322(*time, {}) : "(none)";
}

TEST(Date, IsWrittenWithItsZone) {
  EXPECT_EQ(mail_date("2026-11-23T16:06:10.585Z"), "Mon, 23 Nov 2026 16:06:10 +0000");
  EXPECT_EQ(mail_date("2026-11-23T16:06:10Z"), "Mon, 23 Nov 2026 16:06:10 +0000");
  EXPECT_EQ(mail_date("2024-02-29T00:00:05+01:30"), "Wed, 28 Feb 2024 22:30:05 +0000");
  EXPECT_EQ(mail_date("2026-12-31T23:30:00.123456789-01:00"), "Fri, 01 Jan 2027 00:30:00 +0000");
  EXPECT_EQ(mail_date("2016-12-31T23:59:60Z"), "Sat, 31 Dec 2016 23:59:59 +0000");
}

TEST(Date, IsThatOfTheZone) {
  const auto time = parse_rfc3339("2026-12-31T23:30:00Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(to_rfc5322(*time, {60min, "CET"}), "Fri, 01 Jan 2027 00:30:00 +0100");
  EXPECT_EQ(to_rfc5322(*time, {-570min, "MART"}), "Thu, 31 Dec 2026 14:00:00 -0930");
  EXPECT_EQ(to_text(*time, {60min, "CET"}), "2027-01-01 00:30:00 CET (+0100)");
  EXPECT_EQ(to_text(*time, {-30min, "-0030"}), "2026-12-31 23:00:00 -0030");
  EXPECT_EQ(to_text(*time, {}), "2026-12-31 23:30:00 UTC");
}

TEST(Date, TheMachinesZoneGoesWithTheTimeOfYear) {
  const auto* before = std::getenv("TZ");
  const std::string kept = before ? before : "";
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);  // as in Berlin, without a zone file
  tzset();
  const auto winter = local_zone(*parse_rfc3339("2026-11-23T16:06:10Z"));
  const auto summer = local_zone(*parse_rfc3339("2026-07-01T16:06:10Z"));
  before ? setenv("TZ", kept.c_str(), 1) : unsetenv("TZ");
  tzset();
  EXPECT_EQ(winter.offset, 60min);
  EXPECT_EQ(winter.name, "CET");
  EXPECT_EQ(summer.offset, 120min);
  EXPECT_EQ(summer.name, "CEST");
}

TEST(Date, OtherTextsAreNone) {
  for (const auto* text :
       {"", "now", "2026-11-23", "2026-11-23T16:06:10", "2026-13-23T16:06:10Z",
        "2025-02-29T16:06:10Z", "2026-11-23T24:06:10Z", "2026-11-23T16:60:10Z",
        "2026-11-23T16:06:61Z", "2026-11-23T16:06:10.Z", "2026-11-23T16:06:10Z ",
        "2026-11-23T16:06:10+0100", "2026-11-23T16:06:10+24:00", "+026-11-23T16:06:10Z"}) {
    EXPECT_EQ(mail_date(text), "(none)") << text;
  }
}

}  // namespace
}  // namespace scalehook::email
