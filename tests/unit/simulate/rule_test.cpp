#include "core/simulate/rule.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

TEST(Comparison, HoldsAsItsSignSays) {
  const auto holds = [](const char* text, double value) {
    return parse_comparison(text).value().holds(value);
  };
  for (const auto& [text, below, equal, above] :
       {std::tuple{"> 30", false, false, true}, std::tuple{">= 30", false, true, true},
        std::tuple{"< 30", true, false, false}, std::tuple{"<=30", true, true, false},
        std::tuple{"== 30", false, true, false}, std::tuple{"!= 30", true, false, true}}) {
    EXPECT_EQ(holds(text, 29), below) << text;
    EXPECT_EQ(holds(text, 30), equal) << text;
    EXPECT_EQ(holds(text, 31), above) << text;
    EXPECT_FALSE(holds(text, std::numeric_limits<double>::quiet_NaN())) << text;
  }
  for (const char* text : {"30", "> ", "> x", ">> 3", "", "> 30 x"}) {
    EXPECT_FALSE(parse_comparison(text)) << text;
  }
}

TEST(Expand, FillsInValueAndLabelsAsGoPrintsThem) {
  const alert::Labels labels{{"pod", "a-1"}};
  const struct {
    const char* text;
    double value;
    const char* expanded;
  } rows[] = {
      {"{{ $value }}", 35, "35"},
      {"{{$value}}", 0.1, "0.1"},
      {"{{ .Value }} of {{ $labels.pod }}", 4e6, "4e+06 of a-1"},
      {"{{ $value }}", 123456, "123456"},
      {"{{ $value }}", 1234567, "1.234567e+06"},
      {"{{ $value }}", 0.0001, "0.0001"},
      {"{{ $value }}", 0.00001, "1e-05"},
      {"{{ .Labels.pod }}{{ $labels.none }}", 0, "a-1"},
      {"plain }}", 0, "plain }}"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(expand(row.text, labels, row.value), row.expanded) << row.text;
  }
  for (const char* text : {"{{ $value | humanize }}", "{{ printf \"%f\" $value }}", "{{ $value",
                           "{{ $labels.a.b }}", "{{ }}"}) {
    EXPECT_FALSE(expand(text, labels, 1)) << text;
  }
}

constexpr std::string_view file = R"(groups:
  - name: a
    interval: 30s
    rules:
      - {record: job:tasks, expr: sum(tasks)}
      - alert: Busy
        expr: tasks > 30
        for: 10m
        keep_firing_for: 2m
        labels: {trigger: hpa, deployment: "{{ $labels.deployment }}"}
        annotations: {value: "{{ $value }}", summary: "{{ $value | humanize }}"}
  - name: b
    rules:
      - {alert: Idle, expr: tasks < 3}
      - {alert: Twice, expr: a > 1}
      - {alert: Twice, expr: a > 2}
      - {alert: Odd, expr: sum(a > 3), labels: {value: "{{ humanize $value }}"}}
)";

// The names of what is left of each group: "job:tasks Busy | Idle".
std::string names(const std::vector<RuleGroup>& groups) {
  std::string all;
  for (const auto& group : groups) {
    all += all.empty() ? "" : " |";
    for (const auto& rule : group.rules) {
      all += " ";
      all += std::visit([](const auto& one) { return one.name; }, rule);
    }
  }
  return all;
}

TEST(RuleFile, GivesTheAlertsOfThoseNames) {
  const auto busy = read_rules(file, "r.yml", {"Busy"});
  ASSERT_TRUE(busy) << busy.error();
  EXPECT_EQ(names(*busy), " job:tasks Busy |");
  EXPECT_EQ(busy->at(0).interval, 30s);
  const auto& alert = *alerts_of(*busy).at(0);
  EXPECT_EQ(alert.expression, "tasks > 30");
  EXPECT_EQ(alert.measure, "tasks");
  EXPECT_EQ(to_text(alert.comparison.value()), "> 30");
  EXPECT_EQ(alert.pending, 10min);
  EXPECT_EQ(alert.keep_firing_for, 2min);
  EXPECT_EQ(alert.labels.at("trigger"), "hpa");
  EXPECT_EQ(alert.annotations.at("summary"), "{{ $value | humanize }}");
  EXPECT_EQ(alert.place, "r.yml:7:15");

  const auto some = read_rules(file, "r.yml", {"Idle", "Twice"});
  ASSERT_TRUE(some) << some.error();
  EXPECT_EQ(names(*some), " job:tasks | Idle Twice Twice");
  EXPECT_EQ(alerts_of(*some).at(0)->pending, 0s);
  EXPECT_FALSE(some->at(1).interval);
}

TEST(RuleFile, GivesAllAlertsWithoutNames) {
  const auto all = read_rules(
      "groups: [{rules: [{alert: A, expr: a > 1}, {record: r, expr: a}, {alert: B, expr: b}]}]",
      "r.yml", {});
  ASSERT_TRUE(all) << all.error();
  EXPECT_EQ(names(*all), " A r B");
}

TEST(AlertRule, KnowsWhatItsExpressionCompares) {
  const struct {
    const char* expression;
    const char* measure;
    const char* comparison;  // empty: with more than a number
  } rows[] = {
      {"30 < tasks", "tasks", "> 30"},
      {"sum (rate(x[1m]))/2 >= 1e3", "sum(rate(x[1m])) / 2", ">= 1000"},
      {"x > y", "x", ""},
      {"x > 3 and on () hour() > 8", "x", ""},
      {"0 < x < 9", "x", ""},
      {"up", "", ""},
      {"x > 1 or y > 1", "", ""},
  };
  for (const auto& row : rows) {
    AlertRule rule;
    ASSERT_EQ(set_expression(rule, row.expression), std::nullopt) << row.expression;
    EXPECT_EQ(rule.measure, row.measure) << row.expression;
    EXPECT_EQ(rule.comparison ? to_text(*rule.comparison) : "", row.comparison) << row.expression;
  }
  AlertRule rule;
  EXPECT_NE(set_expression(rule, "x[5m:1m] > 1").value_or(""), "");
}

TEST(RuleFile, AMistakeIsToldWithItsPlace) {
  const struct {
    std::string_view yaml;
    const char* name;
    const char* said;
  } rows[] = {
      {file, "", "/groups/1/rules/3/labels/value: of templates only {{ $value }}"},
      {file, "Lazy", "there is no alerting rule \"Lazy\"; there are: Busy, Idle, Twice"},
      {"groups: [{rules: [{alert: A, expr: 'max_over_time(a[5m:1m]) > 1'}]}]", "A",
       "r.yml:1:36: /groups/0/rules/0/expr: simulate does not evaluate subqueries"},
      {file, "Odd", "/groups/1/rules/3/labels/value: of templates only {{ $value }}"},
      {"groups: []", "", "there is no alerting rule"},
      {"rules: []", "", "key \"groups\" is missing"},
      {"groups: [", "", "r.yml:1:"},
      {"groups: [{rules: [{alert: A}]}]", "", "key \"expr\" is missing"},
      {"groups: [{rules: [{alert: A, expr: a > 1, for: soon}]}]", "", "is no duration"},
      {"groups: [{interval: x, rules: [{alert: A, expr: a > 1}]}]", "", "is no duration"},
  };
  for (const auto& row : rows) {
    std::vector<std::string> names;
    if (row.name[0] != '\0') names.emplace_back(row.name);
    const auto rule = read_rules(row.yaml, "r.yml", names);
    ASSERT_FALSE(rule) << row.said;
    EXPECT_NE(rule.error().find(row.said), std::string::npos) << rule.error();
  }
}

}  // namespace
}  // namespace scalehook::simulate
