#include "plugins/log/syslog_message.hpp"

#include <gtest/gtest.h>

namespace scalehook::log {
namespace {

const Origin kOrigin{.facility = 3,
                     .hostname = "web-1",
                     .app_name = "scalehook",
                     .process_id = "17",
                     .enterprise_number = 32473,
                     .max_size = 2048};

std::string message(const std::string& json, const Origin& origin = kOrigin) {
  return syslog_message(origin, *parse_event(json), "text");
}

TEST(SyslogMessage, HasItsPartsInOrder) {
  EXPECT_EQ(message(R"({"time": "2026-11-23T16:06:10.585Z", "kind": "scaled", "from": 2, "to": 3,
                        "explanation": "x", "id": "1"})"),
            R"(<29>1 2026-11-23T16:06:10.585Z web-1 scalehook 17 scaled )"
            R"([scalehook@32473 from="2" to="3" id="1"] text)");
}

TEST(SyslogMessage, WhatIsMissingIsADash) {
  EXPECT_EQ(message("{}", Origin{}), "<30>1 - - scalehook - - [scalehook@32473] text");
}

TEST(SyslogMessage, PriorityIsFacilityAndSeverity) {
  Origin origin = kOrigin;
  origin.facility = facility_number("local7");
  EXPECT_EQ(message(R"({"kind": "failed"})", origin).substr(0, 7), "<187>1 ");
  origin.facility = facility_number("user");
  EXPECT_EQ(message(R"({"kind": "refused"})", origin).substr(0, 6), "<12>1 ");
}

TEST(SyslogMessage, FacilitiesHaveTheirNumbers) {
  EXPECT_EQ(facility_number("kern"), 0);
  EXPECT_EQ(facility_number("daemon"), 3);
  EXPECT_EQ(facility_number("cron"), 9);
  EXPECT_EQ(facility_number("authpriv"), 10);
  EXPECT_EQ(facility_number("ftp"), 11);
  EXPECT_EQ(facility_number("local0"), 16);
  EXPECT_EQ(facility_number("local7"), 23);
  EXPECT_EQ(facility_number("local8"), -1);
  EXPECT_EQ(facility_number(""), -1);
}

TEST(SyslogMessage, TimesAreOfTheFormThatIsAllowed) {
  const struct {
    const char* given;
    const char* written;
  } rows[] = {
      {"2026-11-23T16:06:10Z", "2026-11-23T16:06:10Z"},
      {"2026-11-23T16:06:10.5Z", "2026-11-23T16:06:10.5Z"},
      {"2026-11-23T16:06:10.123456789Z", "2026-11-23T16:06:10.123456Z"},
      {"2026-11-23T16:06:10.123456789+05:30", "2026-11-23T16:06:10.123456+05:30"},
      {"2026-11-23T16:06:10-00:30", "2026-11-23T16:06:10-00:30"},
      {"2016-12-31T23:59:60Z", "-"},
      {"2026-11-23t16:06:10z", "-"},
      {"2026-11-23 16:06:10Z", "-"},
      {"2026-11-23T16:06:10", "-"},
      {"2026-11-23T16:06:10.Z", "-"},
      {"2026-11-23T16:06:10+0530", "-"},
      {"2026-11-23T16:06:10Z ", "-"},
      {"yesterday", "-"},
  };
  for (const auto& row : rows) {
    const auto made = message(std::string(R"({"time": ")") + row.given + "\"}");
    const auto rest = made.substr(made.find("1 ") + 2);
    EXPECT_EQ(rest.substr(0, rest.find(' ')), row.written) << row.given;
  }
}

TEST(SyslogMessage, ValuesAreEscaped) {
  const auto made = message(R"({"rule": "a\"b\\c]d\ne", "action": "é"})");
  EXPECT_NE(made.find(R"(rule="a\"b\\c\]d\\u000ae" action="é")"), std::string::npos) << made;
}

TEST(SyslogMessage, HeaderHoldsVisibleAsciiOnly) {
  Origin origin = kOrigin;
  origin.hostname = "a b\n";
  EXPECT_NE(message(R"({"kind": "é x"})", origin).find(" a?b? scalehook 17 ???x ["),
            std::string::npos);
}

TEST(SyslogMessage, IsNeverLongerThanAsked) {
  Origin origin = kOrigin;
  origin.max_size = 480;
  origin.hostname = std::string(255, 'h');
  origin.app_name = std::string(48, 'a');
  const auto event = parse_event(R"({"target_text": ")" + std::string(5000, ']') + "\"}");
  const auto made = syslog_message(origin, *event, std::string(5000, 'm'));
  EXPECT_EQ(made.size(), 480U);
  EXPECT_TRUE(made.ends_with("[scalehook@32473] " + std::string(480 - 255 - 48 - 36, 'm') + "…"))
      << made;
}

}  // namespace
}  // namespace scalehook::log
