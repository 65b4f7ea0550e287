#include "plugins/log/event.hpp"

#include <gtest/gtest.h>

namespace scalehook::log {
namespace {

std::string fields(const char* json) {
  const auto event = parse_event(json);
  if (!event) return event.error().code + ": " + event.error().explanation;
  std::string result;
  for (const auto& [key, values] : event->fields) {
    ((result += key) += '=') += joined(values) + ';';
  }
  return result;
}

TEST(Event, HasItsFieldsInOneOrder) {
  EXPECT_EQ(fields(R"({"id": "1", "episode": "e", "to": 3, "from": 2, "kind": "scaled",
                       "time": "T", "target_text": "t", "target": {"name": "x"},
                       "dry_run": false, "action": "a", "rule": "r", "explanation": "x y",
                       "reason": "applied", "direction": "out"})"),
            "time=T;kind=scaled;target=t;from=2;to=3;direction=out;reason=applied;"
            "explanation=x y;rule=r;action=a;dry_run=false;episode=e;id=1;");
}

TEST(Event, LeavesOutWhatIsNotThere) {
  EXPECT_EQ(fields("{}"), "");
  EXPECT_EQ(fields(R"({"from": null, "rule": "", "other": 1, "alerts": []})"), "");
  EXPECT_EQ(fields(R"({"alerts": "none", "id": "1"})"), "id=1;");
}

TEST(Event, KeepsWhatIsOfAnotherType) {
  EXPECT_EQ(fields(R"({"kind": [1, "a"], "from": 2.5})"), R"(kind=[1,"a"];from=2.5E0;)");
}

TEST(Event, NamesEachAlertOnce) {
  EXPECT_EQ(fields(R"({"alerts": [
      {"status": "firing", "labels": {"alertname": "B"}}, 7, {},
      {"status": "resolved", "labels": {"alertname": "C"}},
      {"status": "firing", "labels": {"alertname": "B"}},
      {"status": "firing", "labels": {"alertname": ""}},
      {"status": "firing", "labels": {"alertname": 1}}, {"status": "firing"},
      {"status": "firing", "labels": {"alertname": "A"}}]})"),
            "firing=B,A;resolved=C;");
}

TEST(Event, WhatIsNoneSaysSo) {
  EXPECT_EQ(fields("[]"), "bad-event: the event is not a JSON object");
  EXPECT_EQ(fields("{").substr(0, 32), "bad-event: the event is not JSON");
  EXPECT_EQ(fields("{\"id\": \"\xFF\"}").substr(0, 32), "bad-event: the event is not JSON");
}

TEST(Event, IsAsSevereAsItsKind) {
  const auto of = [](const char* json) { return severity(*parse_event(json)); };
  EXPECT_EQ(of(R"({"kind": "failed"})"), 3);
  EXPECT_EQ(of(R"({"kind": "refused"})"), 4);
  EXPECT_EQ(of(R"({"kind": "scaled"})"), 5);
  EXPECT_EQ(of(R"({"kind": "unchanged"})"), 6);
  EXPECT_EQ(of(R"({"kind": "of a later version"})"), 6);
  EXPECT_EQ(of("{}"), 6);
}

}  // namespace
}  // namespace scalehook::log
