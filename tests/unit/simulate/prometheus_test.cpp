#include "core/simulate/prometheus.hpp"

#include <gtest/gtest.h>

#include "core/simulate/exporter.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

// Scrapes a metric every 15 s from second 0.
struct Simulated {
  Clock clock{Time{}};
  Database database;
  std::size_t series = database.add("tasks", {{"pod", "a"}});
  double value = 1;
  std::string events;  // "SECOND NAME=VALUE…" of each alert's evaluation, and "SECOND post NAME"
  Prometheus prometheus;

  static std::vector<RuleGroup> read(const std::string& groups) {
    auto rules = read_rules(groups, "r", {});
    EXPECT_TRUE(rules) << rules.error();
    return rules ? *std::move(rules) : std::vector<RuleGroup>{};
  }

  explicit Simulated(const std::string& groups)
      : prometheus{clock,
                   database,
                   read(groups),
                   15s,
                   Supply{{"tasks"}, {}, "record it"},
                   {[this] { database.append(series, clock.now(), value); },
                    [this](std::size_t, const AlertEvaluation& alert) {
                      events += second() + " " + alert.rule().name;
                      for (const auto& watched : alert.watched()) {
                        events += "=" + std::to_string(watched.value).substr(0, 4);
                      }
                      events += "\n";
                    },
                    [this](const std::string& name, const std::vector<PostedAlert>&) {
                      events += second() + " post " + name + "\n";
                    }}} {}

  std::string second() const {
    return std::to_string(clock.now().time_since_epoch() / std::chrono::nanoseconds{1s});
  }

  std::string until(std::chrono::seconds end) {
    events.clear();
    while (prometheus.next() <= Time{end}) {
      clock.pass(prometheus.next() - clock.now());
      if (const auto fault = prometheus.evaluate()) return *fault;
    }
    return events;
  }
};

TEST(Prometheus, EvaluatesEachGroupAtItsIntervalAndRulesInTheirOrder) {
  Simulated simulated{R"(
groups:
  - rules:
      - {record: half, expr: tasks / 2}
      - {alert: Half, expr: half > 10}
  - {interval: 30s, rules: [{alert: Whole, expr: tasks > 30}]}
)"};
  EXPECT_EQ(simulated.until(15s), "0 Half=0.50\n0 Whole=1.00\n15 Half=0.50\n");
  simulated.value = 40;
  EXPECT_EQ(simulated.until(30s), "30 Half=20.0\n30 post Half\n30 Whole=40.0\n30 post Whole\n");
}

TEST(Prometheus, WhatARecordingRuleDoesNotMakeAnyMoreEnds) {
  Simulated simulated{
      "groups: [{rules: [{record: high, expr: tasks > 10, labels: {l: x}}, "
      "{alert: A, expr: high > 50}]}]"};
  simulated.value = 20;
  simulated.until(0s);
  const auto there = simulated.prometheus.query("high");
  ASSERT_TRUE(there) << there.error();
  ASSERT_EQ(there->size(), 1U);
  EXPECT_EQ(there->at(0).labels, (alert::Labels{{"l", "x"}, {"pod", "a"}}));
  simulated.value = 1;
  simulated.until(15s);
  EXPECT_TRUE(simulated.prometheus.query("high")->empty());
}

TEST(Prometheus, AnswersAtTheClocksTime) {
  Simulated simulated{"groups: [{rules: [{alert: A, expr: tasks > 10}]}]"};
  simulated.until(15s);
  simulated.clock.pass(5s);
  simulated.value = 7;
  const auto answer = simulated.prometheus.query("tasks * 2");
  ASSERT_TRUE(answer) << answer.error();
  ASSERT_EQ(answer->size(), 1U);
  EXPECT_EQ(answer->at(0).value, 14);
  EXPECT_EQ(answer->at(0).time, Time{20s});
  EXPECT_EQ(simulated.prometheus.query("vector(3)")->at(0).value, 3);
  EXPECT_EQ(simulated.prometheus.query("2 + 3")->at(0).value, 5);
  EXPECT_TRUE(simulated.prometheus.query("up")->empty()) << "nobody scraped targets";
  EXPECT_FALSE(simulated.prometheus.fault());
}

TEST(Prometheus, WhatItCannotAnswerIsAFault) {
  for (const auto& [query, said] :
       {std::pair{"other > 3", "reads the metric other, which is not there; record it"},
        std::pair{"max_over_time(tasks[1m:1s])", "does not evaluate subqueries"},
        std::pair{"tasks[", "the query \"tasks[\""}}) {
    Simulated simulated{"groups: [{rules: [{alert: A, expr: tasks > 10}]}]"};
    const auto answer = simulated.prometheus.query(query);
    ASSERT_FALSE(answer) << query;
    EXPECT_NE(answer.error().find(said), std::string::npos) << answer.error();
    EXPECT_EQ(simulated.prometheus.fault(), answer.error());
  }
}

TEST(Prometheus, ARuleThatPrometheusRefusesIsToldByItsName) {
  Simulated simulated{
      "groups: [{rules: [{record: r, expr: tasks, labels: {pod: x}}, "
      "{alert: A, expr: tasks * on () tasks > 1}]}]"};
  const auto other = simulated.database.add("tasks", {{"pod", "b"}});
  simulated.database.append(other, Time{}, 1);
  EXPECT_NE(simulated.until(0s).find("recording rule \"r\" makes two series with the same labels"),
            std::string::npos);
}

TEST(Exporter, ALostScrapeEndsTheSeries) {
  Database database;
  Exporter exporter{database, {{"app", "a"}}, true};
  exporter.scrape(Time{}, {200, 100, 50, 3, 0.5});
  Clock clock{Time{}};
  Prometheus prometheus{clock,          database, {}, 15s, Supply{{"load", "backlog"}, {}, ""},
                        {[] {}, {}, {}}};
  EXPECT_EQ(prometheus.query("load")->at(0).value, 200);
  EXPECT_EQ(prometheus.query("up")->at(0).value, 1);
  EXPECT_EQ(prometheus.query("backlog")->at(0).labels, (alert::Labels{{"app", "a"}}));
  clock.pass(15s);
  constexpr double lost = std::numeric_limits<double>::quiet_NaN();
  exporter.scrape(clock.now(), {lost, lost, lost, lost, lost});
  EXPECT_TRUE(prometheus.query("load")->empty());
  EXPECT_EQ(prometheus.query("up")->at(0).value, 0);
  EXPECT_EQ(Exporter::metrics(false),
            (std::vector<std::string>{"load", "load_per_replica", "utilization"}));
}

}  // namespace
}  // namespace scalehook::simulate
