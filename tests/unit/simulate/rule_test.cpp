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

TEST(RuleFile, GivesTheRuleOfThatName) {
  const auto busy = read_rule(file, "r.yml", "Busy");
  ASSERT_TRUE(busy) << busy.error();
  EXPECT_EQ(to_text(busy->comparison), "> 30");
  EXPECT_EQ(busy->pending, 10min);
  EXPECT_EQ(busy->keep_firing_for, 2min);
  EXPECT_EQ(busy->interval, 30s);
  EXPECT_EQ(busy->labels.at("trigger"), "hpa");
  EXPECT_EQ(busy->annotations.at("summary"), "{{ $value | humanize }}");

  const auto idle = read_rule(file, "r.yml", "Idle");
  ASSERT_TRUE(idle) << idle.error();
  EXPECT_EQ(idle->pending, 0s);
  EXPECT_FALSE(idle->interval);

  const auto only = read_rule("groups: [{rules: [{alert: A, expr: a > 1}]}]", "r.yml", "");
  ASSERT_TRUE(only) << only.error();
  EXPECT_EQ(only->name, "A");
}

TEST(RuleFile, AMistakeIsToldWithItsPlace) {
  const struct {
    std::string_view yaml;
    const char* name;
    const char* said;
  } rows[] = {
      {file, "", "r.yml:1:1: there are several alerting rules, say which with --alert: Busy, Idle"},
      {file, "Lazy", "there is no alerting rule \"Lazy\"; there are: Busy, Idle, Twice"},
      {file, "Twice", "there are 2 alerting rules \"Twice\""},
      {file, "Odd",
       "r.yml:17:28: /groups/1/rules/3/expr: is no comparison of a metric with a number"},
      {file, "Odd", "/groups/1/rules/3/labels/value: of templates only {{ $value }}"},
      {"groups: []", "", "there is no alerting rule"},
      {"rules: []", "", "key \"groups\" is missing"},
      {"groups: [", "", "r.yml:1:"},
      {"groups: [{rules: [{alert: A}]}]", "", "key \"expr\" is missing"},
      {"groups: [{rules: [{alert: A, expr: a > 1, for: soon}]}]", "", "is no duration"},
      {"groups: [{interval: x, rules: [{alert: A, expr: a > 1}]}]", "", "is no duration"},
  };
  for (const auto& row : rows) {
    const auto rule = read_rule(row.yaml, "r.yml", row.name);
    ASSERT_FALSE(rule) << row.said;
    EXPECT_NE(rule.error().find(row.said), std::string::npos) << rule.error();
  }
}

}  // namespace
}  // namespace scalehook::simulate
