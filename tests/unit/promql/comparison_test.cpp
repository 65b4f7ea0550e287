#include "core/promql/comparison.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>

#include "core/promql/age.hpp"

namespace scalehook::promql {
namespace {

namespace json = boost::json;

std::optional<std::string> optional(const json::value& value) {
  if (value.is_null()) return std::nullopt;
  return json::value_to<std::string>(value);
}

std::string shown(const std::optional<std::string>& text) { return text.value_or("(nothing)"); }

// Rows: an expression, what it is without its comparison, and the query for the age of that.
// tests/integration has Prometheus read them all.
TEST(Expression, LosesItsComparisonAndHasAnAge) {
  std::ifstream file{"tests/unit/promql/expressions.json"};
  const json::value rows = json::parse(file);
  for (const json::value& row : rows.as_array()) {
    const auto expression = json::value_to<std::string>(row.at(0));
    const auto value = without_comparison(expression);
    EXPECT_EQ(shown(value), shown(optional(row.at(1)))) << expression;
    EXPECT_EQ(shown(value ? age_of(*value) : std::nullopt), shown(optional(row.at(2))))
        << expression;
  }
}

TEST(Expression, IsNothingIfItDoesNotClose) {
  std::string deep = "x";
  for (int i = 0; i < 101; ++i) deep = "(" + deep + ")";
  for (const std::string& expression :
       {std::string{}, std::string{" # only this"}, std::string{"x > 3)"}, std::string{"(x > 3"},
        std::string{"x{a=\"b} > 3"}, std::string{"x[5m > 3"}, std::string{"(x] > 3"},
        std::string{"x{a='b\\'} > 3"}, std::string{"x{a=`b} > 3"}, deep,
        std::string(70'000, 'x')}) {
    EXPECT_EQ(without_comparison(expression), std::nullopt) << expression.substr(0, 200);
  }
  EXPECT_EQ(age_of("sum(x"), std::nullopt);
  EXPECT_EQ(age_of("30 * 2"), std::nullopt);
}

TEST(Threshold, IsWhatTheOneComparisonSays) {
  const struct {
    const char* expression;
    const char* threshold;  // empty: none
  } rows[] = {
      {"app_active_task_count > 30", "> 30"},
      {"tasks>=4e6", ">= 4e6"},
      {"tasks{a=\"b>c\"} < 0.5", "< 0.5"},
      {"sum by (job) (rate(x[5m])) <= -1", "<= -1"},
      {"a == 0", "== 0"},
      {"a != 0\n", "!= 0"},
      {"(sum(a) / sum(b) > 30)", "> 30"},
      {"((a)) > 30", "> 30"},
      {"a > +(30)", ""},
      {"(a > (+30))", "> +30"},
      {"a # < 3\n > 30 # > 3", "> 30"},
      {"30 < a", "> 30"},
      {"30 >= a", "<= 30"},
      {"-Inf != a", "!= -Inf"},
      {"sum(a > 3) > 30", "> 30"},
      {"sum by (or) (a) - -1 > 30", "> 30"},
      {"a / on (job) b ^ 2 > 30", "> 30"},
      {"or > 30", "> 30"},
      {"sum(a > 30)", ""},
      {"(a) + (b > 30)", ""},
      {"(a > 30) * 2", ""},
      {"a > bool 30", ""},
      {"30 < bool a", ""},
      {"a > 30 and b", ""},
      {"a > 30 and on() b", ""},
      {"b and a > 30", ""},
      {"b or 30 < a", ""},
      {"a > 30 unless b", ""},
      {"0 < a < 9", ""},
      {"a > 30 > 20", ""},
      {"a > b", ""},
      {"a > 2 * 15", ""},
      {"a > --30", ""},
      {"a > scalar(b)", ""},
      {"20 < 30", ""},
      {"up", ""},
      {"> 30", ""},
      {"a >", ""},
      {"30 <", ""},
      {"a => 30", ""},
      {"a{b=\"c} > 30", ""},
      {"(a > 30", ""},
      {"()", ""},
      {"", ""},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(threshold_of(row.expression).value_or(""), row.threshold) << row.expression;
  }
}

}  // namespace
}  // namespace scalehook::promql
