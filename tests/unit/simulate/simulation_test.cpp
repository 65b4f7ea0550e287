#include "core/simulate/simulation.hpp"

#include <gtest/gtest.h>

#include "core/config/load.hpp"
#include "core/simulate/report.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

// `per_replica: 10` up to 6, on a metric with one sample a minute, compared with 30.
struct Played {
  Scenario scenario;

  explicit Played(const std::string& values, const std::string& labels = "") {
    const auto document = config::load(R"(
rules:
  - name: r
    matchers: []
    target: {scaler: deployment, name: "${name}"}
    action: scale-out
    policy: {per_replica: 10}
    limits: {min: 1, max: 6}
    scale_in: {stabilization: 0s}
)");
    EXPECT_TRUE(document);
    scenario.config = std::make_shared<const config::Config>(document->config);
    scenario.checks["deployment"] = [](const auto&) { return std::nullopt; };
    std::string csv;
    int minute = 0;
    for (std::size_t begin = 0; begin < values.size(); ++minute) {
      const auto end = std::min(values.find(' ', begin), values.size());
      csv += std::to_string(60 * minute) + "," + values.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
    scenario.trace = *read_trace(csv, "t");
    scenario.trace.series[0].labels["name"] = labels.empty() ? "a" : labels;
    scenario.rule.comparison = {Comparison::Operator::above, 30};
    scenario.rule.annotations = {{"value", "{{ $value }}"}};
    scenario.interval = 60s;
    scenario.group = {0s, 1min, 4h};
  }

  Timeline run() const { return *simulate::run(scenario); }

  // "MINUTE:REPLICAS" of each change.
  static std::string changes(const Workload& workload) {
    std::string all;
    for (const auto& [at, replicas] : workload.changes) {
      all += (all.empty() ? "" : " ") +
             std::to_string(at.time_since_epoch() / std::chrono::nanoseconds{1min}) + ":" +
             std::to_string(replicas);
    }
    return all;
  }
};

TEST(Simulation, ScalesOutWhenItFiresAndBackWhenItIsResolved) {
  const auto timeline = Played{"5 5 41 41 41 5 5 5 5 5 5 5 5 5 5"}.run();
  ASSERT_EQ(timeline.workloads.size(), 1U);
  EXPECT_EQ(timeline.workloads[0].target, "deployment a");
  EXPECT_EQ(timeline.workloads[0].changes.at(1).replicas, 5);
  EXPECT_EQ(timeline.workloads[0].changes.at(1).at, Time{2min});
  EXPECT_EQ(timeline.workloads[0].changes.back().replicas, 2);
  const auto sum = summarize(timeline.workloads[0], timeline);
  EXPECT_EQ(sum.out, 1U);
  EXPECT_EQ(sum.most, 5);
  EXPECT_EQ(sum.at_max, 0s);
  const auto share = shares(timeline.watched[0], timeline);
  EXPECT_EQ(share.held, 3min);
  EXPECT_EQ(share.fired, 3min);
}

TEST(Simulation, TheSameScenarioGivesTheSameTimeline) {
  const Played played{"5 35 45 55 45 35 25 35 45 25 5 5 5 5 5"};
  EXPECT_EQ(as_json(played.run()), as_json(played.run()));
}

TEST(Simulation, FeedbackLowersTheMetricOnceMoreReplicasAreReady) {
  Played played{"40 40 40 40 40 40"};
  played.scenario.startup = 90s;
  const auto open = played.run();
  EXPECT_EQ(open.watched[0].points.back().value, 40);
  played.scenario.feedback = true;
  const auto closed = played.run();
  ASSERT_EQ(closed.workloads[0].changes.at(1).replicas, 4);
  // Two replicas became four at minute 0, and those are ready at 1:30.
  EXPECT_EQ(closed.watched[0].points.at(1).value, 40);
  EXPECT_EQ(closed.watched[0].points.at(2).value, 20);
}

TEST(Simulation, EachSeriesIsAnAlertOfItsOwn) {
  Played played{"41 41 41 41"};
  played.scenario.trace.series.push_back(played.scenario.trace.series[0]);
  played.scenario.trace.series[1].labels["name"] = "b";
  const auto timeline = played.run();
  ASSERT_EQ(timeline.workloads.size(), 2U);
  EXPECT_EQ(Played::changes(timeline.workloads[0]), "0:2 0:5");
  EXPECT_EQ(Played::changes(timeline.workloads[1]), "0:2 0:5");
  EXPECT_EQ(timeline.notifications.size(), 1U);

  played.scenario.rule.labels["name"] = "same";
  const auto refused = simulate::run(played.scenario);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("two series"), std::string::npos);
}

TEST(Simulation, AnAlertThatMeansNothingSaysSo) {
  Played played{"41 41"};
  played.scenario.trace.series[0].labels.clear();
  const auto timeline = played.run();
  ASSERT_EQ(timeline.decisions.size(), 1U);
  EXPECT_EQ(timeline.decisions[0].reason, "no-target");
  EXPECT_EQ(timeline.decisions[0].value, 41);
  EXPECT_TRUE(timeline.workloads.empty());
}

TEST(Report, NumbersAndDurationsAreShort) {
  EXPECT_EQ(number_text(35), "35");
  EXPECT_EQ(number_text(1.0 / 3), "0.3333");
  EXPECT_EQ(duration_text(0s), "0s");
  EXPECT_EQ(duration_text(90s), "1m30s");
  EXPECT_EQ(duration_text(26h), "1d2h");
}

TEST(Report, ACsvQuotesWhatNeedsIt) {
  Timeline timeline;
  timeline.decisions.push_back({.at = {},
                                .target = "d a",
                                .rule = "r",
                                .reason = "applied",
                                .explanation = "rule \"r\", 3 replicas",
                                .from = 2,
                                .to = 3,
                                .changed = true,
                                .value = 31.5,
                                .state = AlertState::firing});
  EXPECT_EQ(as_csv(timeline),
            "time,target,value,alert,from,to,changed,reason,rule,explanation\n"
            "1970-01-01T00:00:00.000Z,d a,31.5,firing,2,3,true,applied,r,"
            "\"rule \"\"r\"\", 3 replicas\"\n");
}

}  // namespace
}  // namespace scalehook::simulate
