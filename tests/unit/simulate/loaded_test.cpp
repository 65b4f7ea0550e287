#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "core/config/load.hpp"
#include "core/simulate/load_target.hpp"
#include "core/simulate/report.hpp"
#include "core/simulate/simulation.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

// A load on deployment shop/checkout, whose replicas serve 100 each, with one rule and alerts.
struct Loaded {
  Scenario scenario;

  // `rows`: "MINUTE LOAD" of each row, "MINUTE" of a lost one; `rule`: its keys beside target and
  // limits; `alerts`: of one group.
  Loaded(const std::vector<std::string>& rows, const std::string& rule, const std::string& alerts,
         const std::string& sections = "prometheus: {url: \"http://prometheus\"}") {
    std::string csv;
    for (const auto& row : rows) {
      const auto blank = std::min(row.find(' '), row.size());
      csv += std::to_string(60 * std::stoi(row.substr(0, blank))) + "," + row.substr(blank) + "\n";
    }
    const auto document = config::load(sections + R"(
rules:
  - name: r
    matchers: []
    target: {scaler: deployment, namespace: shop, name: checkout}
    action: scale-out
    limits: {min: 2, max: 20}
    )" + rule + "\n");
    EXPECT_TRUE(document) << document.error().size();
    scenario.config = std::make_shared<const config::Config>(document->config);
    scenario.checks["deployment"] = [](const auto&) { return std::nullopt; };
    auto groups = read_rules("groups: [{rules: [" + alerts + "]}]", "r.yml", {});
    EXPECT_TRUE(groups) << groups.error();
    scenario.groups = *std::move(groups);
    const auto target = load_target(*scenario.config, scenario.groups, {});
    EXPECT_TRUE(target) << target.error();
    const auto load = std::make_shared<const Load>(*Load::read(csv, "l"));
    scenario.load = LoadedWorkload{load, {}, 15s, target->labels, target->target};
    scenario.interval = 15s;
    scenario.group = {0s, 15s, 4h};
    scenario.spans = {{load->start()}};
  }

  Timeline run() const {
    auto timeline = simulate::run(scenario);
    EXPECT_TRUE(timeline) << timeline.error();
    return *std::move(timeline);
  }
};

constexpr const char* at_140 =
    "{alert: Busy, expr: load > 140, annotations: {value: \"{{ $value }}\"}}";

std::int64_t most(const Timeline& timeline) {
  std::int64_t most = 0;
  for (const auto& change : timeline.workloads.at(0).changes) {
    most = std::max(most, change.replicas);
  }
  return most;
}

TEST(LoadedSimulation, TheWorkloadServesWhatItsReadyReplicasCan) {
  const Loaded loaded{{"0 100", "30 100", "31 500", "90 500"}, "policy: {per_replica: 70}", at_140};
  const auto timeline = loaded.run();
  EXPECT_EQ(timeline.workloads.at(0).target, "deployment shop/checkout");
  EXPECT_EQ(timeline.workloads[0].changes.front().replicas, 2);
  // 500 / 70, and no further step for the last 10 %.
  EXPECT_GE(most(timeline), 7);
  EXPECT_LE(most(timeline), 8);

  // The verdict is on what the timeline shows.
  ASSERT_EQ(timeline.served.size(), 90U * 4 + 1);
  const auto ticks_short = std::count_if(timeline.served.begin(), timeline.served.end(),
                                         [](const Served& served) { return served.is_short; });
  const auto& verdict = timeline.verdicts.at(0);
  EXPECT_GT(ticks_short, 0);
  EXPECT_LT(ticks_short, 7 * 4);
  EXPECT_EQ(verdict.violation_minutes, static_cast<double>(ticks_short) / 4);
  EXPECT_EQ(verdict.changes, std::ssize(timeline.workloads[0].changes) - 1);
  EXPECT_EQ(timeline.served.back().at_most, 100 * static_cast<double>(most(timeline)));
  double replica_minutes = 0;
  std::size_t next = 0;
  for (const auto& served : timeline.served) {
    const auto& changes = timeline.workloads[0].changes;
    while (next + 1 < changes.size() && changes[next + 1].at <= served.at) ++next;
    replica_minutes += static_cast<double>(changes[next].replicas) / 4;
  }
  EXPECT_EQ(verdict.replica_minutes, replica_minutes);
}

TEST(LoadedSimulation, WithPrometheusAValueIsFollowedBetweenNotifications) {
  const std::vector<std::string> rows{"0 100", "10 100", "11 300", "40 300", "41 900", "90 900"};
  const char* rule = "policy: {per_replica: 70}\n    tolerance: 0";
  EXPECT_EQ(most(Loaded{rows, rule, at_140}.run()), 13) << "900 / 70";
  EXPECT_LT(most(Loaded{rows, rule, at_140, ""}.run()), 13)
      << "without it the next notification is due after repeat_interval";
}

TEST(LoadedSimulation, EachAlertOfTheFileIsPlayed) {
  const std::string alerts =
      "{alert: Out, expr: load_per_replica > 80}, {alert: In, expr: load_per_replica < 30}";
  Loaded loaded{{"0 100", "30 300", "60 300", "61 60", "120 60"}, "policy: {step: 1}", alerts};
  auto config = *loaded.scenario.config;
  auto in = config.rules.at(0);
  in.selection.name = "in";
  in.selection.action = "scale-in";
  in.selection.matchers = {*rules::Matcher::parse("alertname=\"In\"")};
  config.rules.insert(config.rules.begin(), in);
  loaded.scenario.config = std::make_shared<const config::Config>(config);
  const auto timeline = loaded.run();
  ASSERT_EQ(timeline.alerts.size(), 2U);
  const auto decided = [&](const char* alert) {
    return std::any_of(timeline.decisions.begin(), timeline.decisions.end(), [&](const auto& one) {
      return std::find(one.alerts.begin(), one.alerts.end(), alert) != one.alerts.end();
    });
  };
  EXPECT_TRUE(decided("Out"));
  EXPECT_TRUE(decided("In"));
}

TEST(LoadedSimulation, ALostScrapeIsNoLoadThatHasGone) {
  std::vector<std::string> rows{"0 100", "10 100"};
  for (int minute = 11; minute < 120; ++minute) {
    const bool is_lost = minute >= 60 && minute < 75;
    rows.push_back(std::to_string(minute) + (is_lost ? "" : " 500"));
  }
  const auto timeline = Loaded{rows, "policy: {per_replica: 70}", at_140}.run();
  EXPECT_GE(most(timeline), 7);
  // The alert is resolved while nobody measures, and the count stays.
  EXPECT_EQ(timeline.workloads.at(0).changes.back().replicas, most(timeline));
  EXPECT_TRUE(std::any_of(timeline.decisions.begin(), timeline.decisions.end(),
                          [](const Decision& one) { return one.reason == "no-evidence"; }));
}

TEST(LoadedSimulation, AVerdictIsOnItsSpan) {
  Loaded loaded{{"0 100", "30 100", "31 500", "90 500"}, "policy: {per_replica: 70}", at_140};
  const auto start = loaded.scenario.load->load->start();
  loaded.scenario.spans = {{start}, {start, start + 20min}, {start + 20min}, {start + 60min}};
  const auto verdicts = loaded.run().verdicts;
  ASSERT_EQ(verdicts.size(), 4U);
  EXPECT_EQ(verdicts[1].violation_minutes, 0);
  EXPECT_EQ(verdicts[1].replica_minutes, 40);
  EXPECT_EQ(verdicts[2].violation_minutes, verdicts[0].violation_minutes);
  EXPECT_EQ(verdicts[1].replica_minutes + verdicts[2].replica_minutes, verdicts[0].replica_minutes);
  EXPECT_EQ(verdicts[3].violation_minutes, 0);
}

TEST(LoadedSimulation, AQueryThatCannotBeEvaluatedFails) {
  const auto said = [](const std::string& query) {
    const Loaded loaded{
        {"0 500", "30 500"}, "policy: {per_replica: 70}\n    query: " + query + "\n", at_140};
    const auto timeline = simulate::run(loaded.scenario);
    return timeline ? "" : timeline.error();
  };
  EXPECT_EQ(said("load"), "");
  EXPECT_NE(said("other").find("reads the metric other"), std::string::npos);
  EXPECT_NE(said("\"max_over_time(load[1m:15s])\"").find("does not evaluate subqueries"),
            std::string::npos);
}

TEST(LoadedSimulation, TheReportHasTheVerdicts) {
  const Loaded loaded{{"0 100", "30 500"}, "policy: {per_replica: 70}", at_140};
  Report report;
  report.timeline = loaded.run();
  report.hpa = {"HPA", "a target", report.timeline.verdicts.at(0), {{report.timeline.start, 2}}};
  const auto told = boost::json::parse(as_json(report)).as_object();
  for (const char* key : {"verdict", "hpa"}) {
    const auto& verdict = told.at(key).as_object();
    for (const char* name : {"violation_minutes", "unserved_share", "replica_minutes", "changes",
                             "flaps", "reaction_seconds"}) {
      EXPECT_TRUE(verdict.contains(name)) << key << " " << name;
    }
  }
  EXPECT_EQ(told.at("hpa").at("how"), "a target");
  EXPECT_EQ(told.at("alert"), "Busy");
  EXPECT_EQ(told.at("comparison"), "> 140");
  EXPECT_FALSE(told.contains("compare"));
  EXPECT_NE(as_text(report).find("violation minutes"), std::string::npos);
}

}  // namespace
}  // namespace scalehook::simulate
