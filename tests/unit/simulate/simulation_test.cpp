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
  Trace trace;
  AlertRule rule;

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
    trace = *read_trace(csv, "t");
    trace.series[0].labels["name"] = labels.empty() ? "a" : labels;
    EXPECT_EQ(set_expression(rule, "tasks > 30"), std::nullopt);
    rule.annotations = {{"value", "{{ $value }}"}};
    scenario.recorded = "tasks";
    scenario.interval = 60s;
    scenario.group = {0s, 1min, 4h};
  }

  boost::system::result<Timeline, std::string> try_run() {
    scenario.recording = std::make_shared<const Recording>(*Recording::of({trace}, false));
    scenario.groups = {{std::nullopt, {rule}}};
    return simulate::run(scenario);
  }
  Timeline run() { return *try_run(); }

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
  EXPECT_EQ(timeline.watched[0].shares.held, 3min);
  EXPECT_EQ(timeline.watched[0].shares.fired, 3min);
}

TEST(Simulation, TheSameScenarioGivesTheSameTimeline) {
  Played played{"5 35 45 55 45 35 25 35 45 25 5 5 5 5 5"};
  EXPECT_EQ(as_json({played.run(), {}, {}, {}}), as_json({played.run(), {}, {}, {}}));
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
  played.trace.series.push_back(played.trace.series[0]);
  played.trace.series[1].labels["name"] = "b";
  const auto timeline = played.run();
  ASSERT_EQ(timeline.workloads.size(), 2U);
  EXPECT_EQ(Played::changes(timeline.workloads[0]), "0:2 0:5");
  EXPECT_EQ(Played::changes(timeline.workloads[1]), "0:2 0:5");
  EXPECT_EQ(timeline.notifications.size(), 1U);

  played.rule.labels["name"] = "same";
  const auto refused = played.try_run();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().find("two series"), std::string::npos);
}

TEST(Simulation, AnAlertThatMeansNothingSaysSo) {
  Played played{"41 41"};
  played.trace.series[0].labels.clear();
  const auto timeline = played.run();
  ASSERT_EQ(timeline.decisions.size(), 1U);
  EXPECT_EQ(timeline.decisions[0].reason, "no-target");
  EXPECT_EQ(timeline.decisions[0].value, 41);
  EXPECT_TRUE(timeline.workloads.empty());
}

}  // namespace
}  // namespace scalehook::simulate
