#include "core/simulate/alerting.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/upstream/generator_url.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

AlertRule rule(std::chrono::seconds pending, std::chrono::seconds keep_firing_for = 0s) {
  AlertRule made;
  made.name = "Busy";
  EXPECT_EQ(set_expression(made, "tasks > 30"), std::nullopt);
  made.pending = pending;
  made.keep_firing_for = keep_firing_for;
  made.annotations = {{"value", "{{ $value }}"}};
  return made;
}

// One series, evaluated every minute from minute 0.
struct Evaluations {
  alert::Labels series{{"pod", "a"}};
  Alerting alerting;
  Time now{};

  explicit Evaluations(const AlertRule& of) : alerting{of, 1min} {}

  // What is sent: "firing 2 =35" or "resolved 2-5 =35", with minutes of start and end.
  std::string evaluate(double value) {
    std::string sent;
    std::vector<Alerting::Held> held;
    if (value > 30) held.push_back({0, &series, value});
    for (const auto& alert : alerting.evaluate(now, held)) {
      const auto minute = [](Time time) {
        return std::to_string(time.time_since_epoch() / std::chrono::nanoseconds{1min});
      };
      sent += alert.ends_at > now
                  ? "firing " + minute(alert.starts_at)
                  : "resolved " + minute(alert.starts_at) + "-" + minute(alert.ends_at);
      sent += " =" + alert.annotations.at("value");
    }
    now += 1min;
    return sent;
  }
};

using enum AlertState;

struct Step {
  double value;
  AlertState state;
  const char* sent;
};

struct Row {
  const char* name;
  AlertRule rule;
  std::vector<Step> steps;  // one a minute
};

TEST(Alerting, DoesAsPrometheus) {
  const Row rows[] = {
      {"without `for` it fires at once; a minute is not more than a minute, so every second "
       "evaluation sends",
       rule(0s),
       {{30, inactive, ""},
        {31, firing, "firing 1 =31"},
        {32, firing, ""},
        {33, firing, "firing 1 =33"},
        {29, inactive, "resolved 1-4 =33"},
        {29, inactive, ""},
        {29, inactive, "resolved 1-4 =33"}}},
      {"it is pending for as long as `for` says, and begins when it fires",
       rule(2min),
       {{31, pending, ""},
        {32, pending, ""},
        {33, firing, "firing 2 =33"},
        {34, firing, ""},
        {30, inactive, "resolved 2-4 =34"}}},
      {"a moment below the threshold begins `for` anew, and nobody hears of it",
       rule(2min),
       {{31, pending, ""},
        {31, pending, ""},
        {30, inactive, ""},
        {31, pending, ""},
        {31, pending, ""},
        {31, firing, "firing 5 =31"}}},
      {"so does a missing sample",
       rule(1min),
       {{31, pending, ""}, {none, inactive, ""}, {31, pending, ""}, {31, firing, "firing 3 =31"}}},
      {"a missing sample resolves",
       rule(0s),
       {{31, firing, "firing 0 =31"}, {none, inactive, "resolved 0-1 =31"}}},
      {"what fires again has a new start, and is pending before",
       rule(1min),
       {{31, pending, ""},
        {31, firing, "firing 1 =31"},
        {0, inactive, "resolved 1-2 =31"},
        {31, pending, ""},
        {31, firing, "firing 4 =31"}}},
      {"keep_firing_for delays the end, not the begin",
       rule(0s, 2min),
       {{31, firing, "firing 0 =31"},
        {0, firing, ""},
        {31, firing, "firing 0 =31"},
        {0, firing, ""},
        {0, firing, "firing 0 =31"},
        {0, inactive, "resolved 0-5 =31"}}},
  };
  for (const auto& row : rows) {
    Evaluations evaluations{row.rule};
    int minute = 0;
    for (const auto& step : row.steps) {
      const auto sent = evaluations.evaluate(step.value);
      EXPECT_EQ(sent, step.sent) << row.name << ", minute " << minute;
      EXPECT_EQ(evaluations.alerting.states(1)[0], step.state) << row.name << ", minute " << minute;
      ++minute;
    }
  }
}

TEST(Alerting, AResolvedAlertIsSentFor15Minutes) {
  Evaluations evaluations{rule(0s)};
  evaluations.evaluate(31);
  std::vector<int> sent;
  for (int minute = 1; minute < 30; ++minute) {
    if (!evaluations.evaluate(0).empty()) sent.push_back(minute);
  }
  EXPECT_EQ(sent, (std::vector<int>{1, 3, 5, 7, 9, 11, 13, 15}));
}

TEST(Alerting, TheValueAmongTheLabelsMakesAnotherAlertEachTime) {
  auto with_for = rule(1min);
  with_for.labels = {{"value", "{{ $value }}"}};
  Evaluations pending{with_for};
  for (int minute = 0; minute < 10; ++minute) {
    EXPECT_EQ(pending.evaluate(31 + minute), "") << "it never fires";
  }
  auto without = rule(0s);
  without.labels = {{"value", "{{ $value }}"}};
  Evaluations firing{without};
  EXPECT_EQ(firing.evaluate(31), "firing 0 =31");
  EXPECT_EQ(firing.evaluate(32), "resolved 0-1 =31firing 1 =32");
}

TEST(Alerting, TheRulesLabelsStandAboveTheSeries) {
  auto made = rule(0s);
  made.labels = {{"pod", "of {{ $labels.pod }}"}, {"empty", "{{ $labels.none }}"}};
  EXPECT_EQ(labels_of(made, {{"pod", "a"}, {"job", "j"}}, 1),
            (alert::Labels{{"alertname", "Busy"}, {"job", "j"}, {"pod", "of a"}}));
}

TEST(Alerting, TheStateOfASeriesIsThatOfItsAlerts) {
  const alert::Labels a{{"pod", "a"}}, b{{"pod", "b"}};
  Alerting alerting{rule(1min), 1min};
  alerting.evaluate(Time{}, {{0, &a, 31}});
  alerting.evaluate(Time{1min}, {{0, &a, 31}, {1, &b, 31}});
  EXPECT_EQ(alerting.states(3), (std::vector<AlertState>{firing, pending, inactive}));
}

TEST(Alerting, AnAlertSaysItsExpressionAsPrometheusLinksToIt) {
  auto made = rule(0s);
  ASSERT_EQ(set_expression(made, "sum by (pod) (tasks{job=\"a b\"}) >= 30"), std::nullopt);
  const alert::Labels series;
  const auto sent = Alerting{made, 1min}.evaluate(Time{}, {{0, &series, 31}});
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].generator_url,
            "http://prometheus/graph?g0.expr=sum+by+%28pod%29+%28tasks%7Bjob%3D%22a+b%22%7D%29+"
            "%3E%3D+30&g0.tab=1");
  EXPECT_EQ(upstream::from_generator_url(sent[0].generator_url), made.expression);
}

TEST(Alerting, AFiringAlertIsValidForFourEvaluationsOrMinutes) {
  const alert::Labels series;
  for (const auto& [interval, valid] : {std::pair{10s, 4 * 60s}, std::pair{600s, 2400s}}) {
    Alerting alerting{rule(0s), interval};
    const auto sent = alerting.evaluate(Time{}, {{0, &series, 31}});
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].ends_at, Time{} + valid);
  }
}

}  // namespace
}  // namespace scalehook::simulate
