#include "core/upstream/expression.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "tests/unit/upstream/payload.hpp"

namespace scalehook::upstream {
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
  const json::value rows = json::parse(source("tests/unit/upstream/expressions.json"));
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

TEST(Expression, ComesFromTheGeneratorUrl) {
  const struct {
    const char* url;
    const char* expression;
  } rows[] = {
      {"http://prometheus:9090/graph?g0.expr=app_active_task_count+%3E+30&g0.tab=1",
       "app_active_task_count > 30"},
      {"https://u:p@[::1]:9090/prom/graph?g0.tab=1&g0.expr=x%7Ba%3D%22b%2Bc%22%7D#g0.expr=y",
       "x{a=\"b+c\"}"},
      {"/graph?g0.expr=%C3%BC%0A", "ü\n"},
      {"http://a/graph?g0.expr=x&g0.expr=y", "x"},
  };
  for (const auto& row : rows) EXPECT_EQ(shown(from_generator_url(row.url)), row.expression);
  for (const char* url : {"", "http://prometheus:9090/graph", "http://a/graph?g0.expr=",
                          "http://a/graph?g0.expr", "http://a/graph?g0.expr=%", "http://a b/",
                          "http://a/graph?g1.expr=x", "http://a/?x=1#g0.expr=y"}) {
    EXPECT_EQ(shown(from_generator_url(url)), "(nothing)") << url;
  }
}

}  // namespace
}  // namespace scalehook::upstream
