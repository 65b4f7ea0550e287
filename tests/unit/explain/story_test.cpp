#include "core/explain/story.hpp"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <ctime>
#include <set>

#include "core/explain/wording.hpp"
#include "core/scaling/reason.hpp"

namespace scalehook::explain {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

namespace json = boost::json;

// Members given here take the place of the ordinary ones.
json::object record(const json::object& members) {
  auto record = json::parse(R"({
    "time": "2026-11-23T16:10:31.250Z", "target": {"namespace": "shop", "name": "checkout"},
    "target_text": "deployment shop/checkout", "rule": "queue", "direction": "",
    "reason": "no-change", "explanation": "rule \"queue\" asks for 4 replicas", "from": 2,
    "alerts": [{"status": "firing", "starts_at": "2026-11-23T15:40:10Z",
                "labels": {"alertname": "TooManyTasks", "trigger": "hpa", "action": "scale-out",
                           "namespace": "shop", "deployment": "checkout", "severity": "page"},
                "annotations": {"value": "95", "summary": "Tasks wait"}}]})")
                    .as_object();
  for (const auto& member : members) record[member.key()] = member.value();
  return record;
}

class Story : public ::testing::Test {
 protected:
  Story() { in_zone("UTC"); }
  ~Story() override { in_zone("UTC"); }
  static void in_zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  static std::string of(const std::vector<json::object>& records) {
    return tell(records, "deployment shop/checkout");
  }
};

TEST_F(Story, OfAChangeSaysWhatWhenAndWhy) {
  EXPECT_EQ(
      of({record({{"reason", "applied"},
                  {"direction", "out"},
                  {"to", 4},
                  {"next_at", "2026-11-23T16:15:31Z"}})}),
      R"(deployment shop/checkout: 4 replicas when last looked at. 1 decision since Mon 23 Nov 2026, 16:10:31 UTC, 1 change among them. Newest first:

Mon 23 Nov 2026, 16:10:31 UTC: scaled out from 2 to 4 replicas
    Alert "TooManyTasks" was firing since 15:40:10 with the value 95 (severity: page). It says:
    "Tasks wait".
    Rule "queue" asks for 4 replicas.
    To be looked at again at 16:15:31.
)");
}

TEST_F(Story, SaysWhatIsInTheRecord) {
  const struct {
    const char* name;
    json::object members;
    std::string said;
  } rows[] = {
      {"nothing done", {{"reason", "paused"}}, "nothing was done; it keeps its 2 replicas\n"},
      {"why", {{"reason", "paused"}}, "Nothing was done because somebody has paused the scaling"},
      {"unread", {{"reason", "not-found"}, {"from", nullptr}}, "UTC: nothing was done\n"},
      {"one", {{"reason", "zero"}, {"from", 1}}, "it keeps its 1 replica\n"},
      {"dry run",
       {{"reason", "dry-run"}, {"direction", "in"}, {"to", 1}},
       "would have been scaled in from 2 to 1 replica (dry run)"},
      {"no workload",
       {{"reason", "no-target"}, {"target_text", ""}},
       "an alert came to no workload"},
      {"nothing came in", {{"alerts", json::array{}}}, "scalehook looked at it again by itself"},
      {"rule",
       {{"reason", "failed"}, {"explanation", "read: no route"}},
       "Read: no route. The rule in charge is"},
      {"baseline",
       {{"reason", "applied"}, {"direction", "out"}, {"to", 4}, {"baseline", 1}},
       "Before anything fired it had 1 replica."},
      {"stages",
       {{"stages", json::array{json::object{{"stage", "combined"}, {"replicas", 8}},
                               json::object{{"stage", "rates"}, {"replicas", 4}},
                               json::object{{"stage", "other"}, {"note", "so so"}}}}},
       "Step by step: all its alerts together ask for 8, then the rates of change allow 4, then"},
      {"said once",
       {{"reason", "duplicate"}, {"explanation", "nothing new: it has 4"}},
       "fires. It has 4. "},
      {"another version's reason", {{"reason", "moon"}}, "Nothing was done because of \"moon\"."},
      {"next day",
       {{"next_at", "2026-11-24T00:00:01Z"}},
       "To be looked at again on Tue 24 Nov 2026 at 00:00:01."},
  };
  for (const auto& row : rows) {
    EXPECT_THAT(of({record(row.members)}), HasSubstr(row.said)) << row.name;
  }
}

json::object alert(const char* name, const char* status, json::object labels = {}) {
  labels["alertname"] = name;
  return {{"status", status},
          {"labels", std::move(labels)},
          {"annotations", json::object{}},
          {"starts_at", "0001-01-01T00:00:00Z"},
          {"ends_at", "2026-11-23T16:09:00Z"}};
}

TEST_F(Story, TellsOfAlertsAsTheyAre) {
  const auto said = [](json::array alerts) {
    return of({record({{"alerts", std::move(alerts)}})});
  };
  EXPECT_THAT(said({alert("Busy", "resolved")}),
              HasSubstr("Alert \"Busy\" was resolved at 16:09:00."));
  // With the value as a label one alert is many; what fires counts.
  const auto mixed = said({alert("Busy", "resolved", {{"value", "31"}}),
                           alert("Busy", "firing", {{"value", "45"}}),
                           alert("Busy", "resolved", {{"value", "33"}})});
  EXPECT_THAT(mixed, HasSubstr("Alert \"Busy\" was firing with the value 45."));
  EXPECT_THAT(mixed, Not(HasSubstr("resolved")));
  EXPECT_THAT(said({alert("A", "firing"), alert("B", "firing"), alert("C", "firing"),
                    alert("D", "firing"), alert("E", "firing")}),
              HasSubstr("And 2 more alerts."));
  EXPECT_THAT(said({json::object{{"status", "firing"}}}), HasSubstr("An alert without a name"));
}

TEST_F(Story, FoldsWhatWasNotDoneAgainAndAgain) {
  const auto told = of({
      record({{"time", "2026-11-23T16:30:00Z"}}),
      record({{"time", "2026-11-23T16:20:00Z"}, {"alerts", json::array{alert("Other", "firing")}}}),
      record({{"time", "2026-11-23T16:10:00Z"}}),
      record({{"time", "2026-11-23T16:05:00Z"}, {"reason", "cooldown"}}),
      record({{"time", "2026-11-23T16:01:00Z"}, {"reason", "applied"}, {"to", 4}}),
      record({{"time", "2026-11-23T16:00:00Z"}, {"reason", "applied"}, {"to", 4}}),
  });
  EXPECT_THAT(told, StartsWith("deployment shop/checkout: 2 replicas when last looked at. 6 "
                               "decisions since Mon 23 Nov 2026, 16:00:00 UTC, 2 changes"));
  EXPECT_THAT(told, HasSubstr("It was decided so 3 times between 16:10:00 and 16:30:00."));
  EXPECT_THAT(told, HasSubstr("Alert \"Other\""));
  EXPECT_THAT(told, Not(HasSubstr("2 times")));  // changes stand for themselves
}

TEST_F(Story, FoldsAStormOfRepeatsIntoItsDecision) {
  const json::object repeats{{"time", "2026-11-23T16:10:00Z"},
                             {"reason", "coalesced"},
                             {"count", 48},
                             {"explanation", "48 notifications said nothing new"}};
  const auto quiet = of({record({{"reason", "duplicate"}}), record(repeats),
                         record({{"time", "2026-11-23T16:09:59Z"}, {"reason", "duplicate"}})});
  EXPECT_THAT(quiet, HasSubstr("It was decided so 50 times between 16:09:59 and 16:10:31."));
  EXPECT_THAT(quiet, Not(HasSubstr("48 notifications")));
  EXPECT_THAT(of({record({{"reason", "applied"}, {"to", 4}}), record(repeats)}),
              HasSubstr("48 notifications"))
      << "of a change they are no part";
}

TEST_F(Story, CountsAlertsThatARecordDoesNotName) {
  const json::array named{alert("A", "firing"), alert("B", "firing"), alert("C", "firing"),
                          alert("D", "firing")};
  const auto repeats = record({{"time", "2026-11-23T16:09:00Z"},
                               {"reason", "coalesced"},
                               {"count", 2},
                               {"alerts", named},
                               {"truncated_alerts", 30}});
  EXPECT_THAT(of({repeats}), HasSubstr("And 31 more alerts."));
  EXPECT_THAT(of({record({{"reason", "duplicate"}}), repeats}), HasSubstr("And 31 more alerts."))
      << "they may be the same";
}

TEST_F(Story, OfAllWorkloadsNamesEach) {
  const auto told = tell({record({})}, "");
  EXPECT_THAT(told, StartsWith("All workloads. 1 decision since"));
  EXPECT_THAT(told, HasSubstr("UTC: deployment shop/checkout: nothing was done"));
  EXPECT_EQ(tell({}, ""), "");
}

TEST_F(Story, IsInLocalTime) {
  in_zone("CET-1");
  EXPECT_THAT(of({record({})}), HasSubstr("Mon 23 Nov 2026, 17:10:31 CET"));
}

TEST_F(Story, SurvivesRecordsOfOtherVersions) {
  const auto odd = json::parse(R"({"time": 7, "target": [], "from": "two", "alerts": {"a": 1},
                                   "stages": [1], "reason": null, "next_at": "soon"})");
  EXPECT_THAT(of({odd.as_object(), {}}), HasSubstr("Newest first:"));
}

TEST(Because, EveryReasonHasWordsOfItsOwn) {
  std::set<std::string> all;
  for (int index = 0; index < scaling::reason_count; ++index) {
    const auto reason = to_text(static_cast<scaling::Reason>(index));
    const auto words = because(reason);
    EXPECT_GT(words.size(), 20U) << reason;
    all.insert(words);
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(scaling::reason_count));
}

}  // namespace
}  // namespace scalehook::explain
