// What it makes of each rule file is in tests/lint, with the program run on it; here is what no
// file should hold.
#include "core/lint/lint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/lint/expression.hpp"
#include "core/lint/report.hpp"

namespace scalehook::lint {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Lint, SurvivesAnyExpression) {
  for (const std::string& expression :
       {repeated("(", 100'000), repeated("sum(", 100'000), repeated("-", 100'000) + "x",
        repeated("x + ", 100'000) + "x", repeated("x ^ ", 100'000) + "x", std::string{"x["},
        std::string{"x{"}, std::string{"x{a="}, std::string{"x{a=\"b"}, std::string{"sum by ("},
        std::string{"x offset"}, std::string{"x @"}, std::string{"\xff\xfe"},
        std::string{"sum() by (a)"}, std::string{"x and"}, std::string{")"}, std::string{"topk()"},
        std::string{}}) {
    EXPECT_EQ(read_expression(expression).presence("namespace"), Presence::unknown)
        << expression.substr(0, 20);
  }
}

TEST(Lint, TakesWhatEndsTooEarlyForWhatItIs) {
  for (const char* scalar : {"1e", "\"", "'\\", "`"}) {
    EXPECT_EQ(read_expression(scalar).presence("namespace"), Presence::gone) << scalar;
  }
}

TEST(Lint, SurvivesAnyFile) {
  for (const std::string& text :
       {std::string{"ALERT a IF"}, std::string{"ALERT a IF x FOR"},
        std::string{"ALERT a IF x LABELS {"}, std::string{"ALERT a IF x LABELS {a=\"b\""},
        std::string{"a ="}, std::string{"a{"}, std::string{"a{b=\"c\"} ="},
        std::string{"ALERT a IF x}}} FOR 5m"}, std::string{"groups: {a: b}"},
        std::string{"groups: [[[]]]"}, std::string{"groups: [~]"},
        std::string{"kind: PrometheusRule\nspec: 3"}, std::string{"\xff\xfe"},
        std::string{"groups: [{name: a, rules: [{alert: , expr: }]}]"}}) {
    for (const Finding& finding : lint(text, config::built_in(), 1min).findings) {
      EXPECT_THAT(to_text("f", finding), HasSubstr(": error: ")) << text;
      EXPECT_FALSE(finding.remedy.empty()) << text;
    }
  }
}

TEST(Lint, ReadsAResourceWithinItselfOnce) {
  const std::string nested =
      repeated("{kind: PrometheusRule, spec: ", 60) + "{}" + repeated("}", 60);
  EXPECT_EQ(lint(nested, config::built_in(), 1min).findings.size(), 1U);
}

TEST(Lint, WithoutRulesNothingScales) {
  config::Config config;
  const auto report = lint(
      "groups: [{name: a, rules: [{alert: a, expr: x, labels: {trigger: hpa, value: "
      "\"{{ $value }}\"}}]}]",
      config, 1min);
  EXPECT_EQ(report.alerts, 1U);
  EXPECT_EQ(report.scaling, 0U);
  EXPECT_TRUE(report.findings.empty());
}

}  // namespace
}  // namespace scalehook::lint
