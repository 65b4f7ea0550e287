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

}  // namespace
}  // namespace scalehook::promql
