#include "plugins/kubernetes/transport/rfc3339.hpp"

#include <gtest/gtest.h>

namespace scalehook::kubernetes {
namespace {

using namespace std::chrono;

TEST(Rfc3339, ReadsTimesWithZones) {
  const sys_seconds noon = sys_days{year{2026} / 11 / 23} + 12h;
  EXPECT_EQ(parse_rfc3339("2026-11-23T12:00:00Z"), noon);
  EXPECT_EQ(parse_rfc3339("2026-11-23t12:00:00.123456z"), noon);
  EXPECT_EQ(parse_rfc3339("2026-11-23T07:30:00-04:30"), noon);
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z"), sys_days{year{2024} / 2 / 29});
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T12:00:00", "2026-11-23T12:00Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T12:60:00Z",
        "2026-11-23T12:00:00.Z", "2026-11-23T12:00:00Zx", "2026-11-23T12:00:00+1:00",
        "2026-11-23T12:00:00+01:60", "2026-11--3T12:00:00Z", "x026-11-23T12:00:00Z"}) {
    EXPECT_EQ(parse_rfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace scalehook::kubernetes
