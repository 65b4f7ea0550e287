#include "core/alert/parse.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/alert/time.hpp"

namespace scalehook::alert {
namespace {

std::string file(const std::string& name) {
  std::ifstream stream{"tests/payloads/" + name};
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

constexpr const char* good_alert =
    R"({"status":"firing","labels":{"alertname":"A"},"startsAt":"2026-11-23T16:06:10Z",
        "endsAt":"0001-01-01T00:00:00Z"})";

std::string with_alerts(const std::string& alerts) {
  return R"({"version":"4","alerts":[)" + alerts + "]}";
}

TEST(Parse, ReadsACapturedNotification) {
  const auto notification = parse(file("mixed-firing-resolved.json"));
  ASSERT_TRUE(notification);
  EXPECT_EQ(notification->receiver, "auto-hpa");
  EXPECT_EQ(notification->version, "4");
  EXPECT_TRUE(notification->bad_alerts.empty());
  ASSERT_EQ(notification->alerts.size(), 7u);
  const auto& first = notification->alerts[0];
  EXPECT_EQ(first.status, Status::firing);
  EXPECT_FALSE(first.ends_at) << "the year 1 means that it has not ended";
  EXPECT_EQ(first.labels.at("deployment"), "test3");
  EXPECT_EQ(first.annotations.at("value"), "37");
  EXPECT_EQ(to_text(first.starts_at), "2026-11-23T16:06:10.585Z");
  EXPECT_EQ(notification->alerts[1].status, Status::resolved);
  EXPECT_EQ(to_text(notification->alerts[1].ends_at.value()), "2026-11-23T16:06:08.585Z");
}

TEST(Parse, AcceptsVersion3WhereItHasTheFields) {
  const auto notification = parse(
      R"({"version":"3","groupKey":12345678901,"status":"firing","receiver":"r","groupLabels":{},
          "alerts":[)" +
      std::string{good_alert} + "]}");
  ASSERT_TRUE(notification) << notification.error().message;
  EXPECT_EQ(notification->group_key, "12345678901");
  EXPECT_EQ(notification->alerts.size(), 1u);
}

TEST(Parse, AcceptsUnknownFieldsAndCountsTruncatedAlerts) {
  const auto notification = parse(R"({"truncatedAlerts":7,"novelty":{"a":[1,2]},"alerts":[]})");
  ASSERT_TRUE(notification);
  EXPECT_EQ(notification->truncated_alerts, 7u);
}

TEST(Parse, OneBadAlertCostsTheOthersNothing) {
  struct Row {
    const char* alert;
    const char* pointer;
    const char* reason;
  };
  for (const auto& [alert, pointer, reason] : {
           Row{"7", "/alerts/1", "must be an object, is a number"},
           Row{"{}", "/alerts/1/status", "must be \"firing\" or \"resolved\", is \"\""},
           Row{R"({"status":"firing","labels":[],"startsAt":"2026-11-23T16:06:10Z"})",
               "/alerts/1/labels", "must be an object of strings, is an array"},
           Row{R"({"status":"firing","labels":{"a/b":1},"startsAt":"2026-11-23T16:06:10Z"})",
               "/alerts/1/labels/a~1b", "must be a string, is a number"},
           Row{R"({"status":"firing","labels":{},"startsAt":"2026-11-23T16:06:10Z"})",
               "/alerts/1/labels", "an alert without labels means nothing"},
           Row{R"({"status":"firing","labels":{"a":"b"}})", "/alerts/1/startsAt", "is missing"},
           Row{R"({"status":"firing","labels":{"a":"b"},"startsAt":"soon"})", "/alerts/1/startsAt",
               "must be a time as 2006-01-02T15:04:05Z, is \"soon\""},
           Row{R"({"status":"resolved","labels":{"a":"b"},"startsAt":"2026-11-23T16:06:10Z"})",
               "/alerts/1/endsAt", "is missing from a resolved alert"},
       }) {
    const auto notification =
        parse(with_alerts(std::string{good_alert} + "," + alert + "," + good_alert));
    ASSERT_TRUE(notification) << alert;
    EXPECT_EQ(notification->alerts.size(), 2u) << alert;
    ASSERT_EQ(notification->bad_alerts.size(), 1u) << alert;
    EXPECT_EQ(notification->bad_alerts[0].index, 1u);
    EXPECT_EQ(notification->bad_alerts[0].pointer, pointer) << alert;
    EXPECT_EQ(notification->bad_alerts[0].reason, reason) << alert;
  }
}

TEST(Parse, DescribesOnlySoManyBadAlerts) {
  std::string zeros = "0";
  for (int more = 0; more < 999; ++more) zeros += ",0";
  const auto notification = parse(with_alerts(zeros));
  ASSERT_TRUE(notification);
  EXPECT_EQ(notification->bad_alerts.size(), most_bad_alerts);
  EXPECT_EQ(notification->bad_alert_count, 1000u);
}

TEST(Parse, SaysWhatIsWrongWithABodyAndWhere) {
  struct Row {
    std::string body;
    const char* where;
    const char* message;
  };
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  for (const auto& [body, where, message] : {
           Row{"", "line 1, column 1", "the body is empty"},
           Row{"{\n  \"alerts\": [}\n", "line 2, column 14", "not JSON: syntax error"},
           Row{"{\"alerts\":[", "line 1, column 12", "not JSON: incomplete JSON"},
           Row{"{\"alerts\":[]} x", "line 1, column 15", "not JSON: something follows the value"},
           Row{"{\"alerts\":[\"\xff\"]}", "line 1, column 13", "not JSON: syntax error"},
           Row{deep, "line 1, column 33", "not JSON: too deep"},
           Row{"[]", "", "must be an object, is an array"},
           Row{"{}", "/alerts", "is missing: this is no Alertmanager notification"},
           Row{R"({"alerts":{}})", "/alerts", "must be an array, is an object"},
           Row{R"({"alerts":[],"receiver":3})", "/receiver", "must be a string, is a number"},
           Row{R"({"alerts":[],"truncatedAlerts":-1})", "/truncatedAlerts",
               "must be a number that is not negative, is a number"},
           Row{R"({"alerts":[],"version":"5"})", "/version",
               "\"5\" is unknown; versions 3 and 4 are understood"},
       }) {
    const auto notification = parse(body);
    ASSERT_FALSE(notification) << body;
    EXPECT_EQ(notification.error().where, where) << body;
    EXPECT_EQ(notification.error().message, message) << body;
  }
}

}  // namespace
}  // namespace scalehook::alert
