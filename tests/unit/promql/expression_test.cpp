#include "core/promql/expression.hpp"

#include <gtest/gtest.h>

#include <string>

namespace scalehook::promql {
namespace {

std::string text_of(std::string_view expression) {
  const auto parsed = parse(expression);
  return parsed ? to_text(*parsed) : "fault: " + parsed.error();
}

// Each is read to the same tree as what stands beside it, which is canonical.
TEST(Parse, WritesWhatMeansTheSameInOneWay) {
  const struct {
    const char* expression;
    const char* text;
  } rows[] = {
      {"x", "x"},
      {" ( x{ } ) # comment\n", "x"},
      {"{__name__=\"x\"}", "x"},
      {"x{b='2',a=`1`, }", "x{a=\"1\",b=\"2\"}"},
      {"x{a=\"1\",a=\"1\"}", "x{a=\"1\"}"},
      {"{a!~'b|c',__name__='x:y'}", "x:y{a!~\"b|c\"}"},
      {"{__name__=\"x.y\"}", "{__name__=\"x.y\"}"},
      {"{__name__=\"x\",__name__!=\"y\"}", "{__name__=\"x\",__name__!=\"y\"}"},
      {"offset", "{__name__=\"offset\"}"},
      {"x{a=\"\\\"\\\\\\n\\x41\"}", "x{a=\"\\\"\\\\\\nA\"}"},
      {"x OFFSET 90s", "x offset 1m30s"},
      {"x offset -1d", "x offset -1d"},
      {"rate(x[60m] offset 7d)", "rate(x[1h] offset 1w)"},
      {"rate(x[8d])", "rate(x[8d])"},
      {"0x1F + 017 + 1e3 + .5 + 3.0", "31 + 15 + 1000 + 0.5 + 3"},
      {"+inf - NAN", "Inf - NaN"},
      {"-(30)", "-30"},
      {"-1 ^ 2", "-1 ^ 2"},
      {"(-1) ^ 2", "(-1) ^ 2"},
      {"(-x) ^ 2 * (-y)", "(-x) ^ 2 * -y"},
      {"-(x ^ 2)", "-x ^ 2"},
      {"-(x * 2)", "-(x * 2)"},
      {"x ^ (-y ^ 2)", "x ^ -y ^ 2"},
      {"((x + y) + z)", "x + y + z"},
      {"x + (y + z)", "x + (y + z)"},
      {"x ^ (y ^ z)", "x ^ y ^ z"},
      {"(x ^ y) ^ z", "(x ^ y) ^ z"},
      {"x AND (y UNLESS z) or (u)", "x and (y unless z) or u"},
      {"(x and y) unless z", "x and y unless z"},
      {"(x > 3) * 2 >= BOOL 1", "(x > 3) * 2 >= bool 1"},
      {"SUM(x) BY (b, a,)", "sum by (a, b) (x)"},
      {"sum by () (x)", "sum(x)"},
      {"sum without () (x)", "sum without () (x)"},
      {"topk  by(a)( 2 ,x )", "topk by (a) (2, x)"},
      {"count_values('v', x)", "count_values(\"v\", x)"},
      {"x / ON(b,a) GROUP_LEFT(d,c) y", "x / on (a, b) group_left (c, d) y"},
      {"x / on () y", "x / on () y"},
      {"x / ignoring () y", "x / y"},
      {"x / ignoring () group_right () y", "x / ignoring () group_right () y"},
      {"x > on () 3", "x > 3"},
      {"time ( ) - timestamp((x))", "time() - timestamp(x)"},
      {"label_replace(x, \"a\", \"$1\", \"b\", \"(.*)\")",
       "label_replace(x, \"a\", \"$1\", \"b\", \"(.*)\")"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(text_of(row.expression), row.text) << row.expression;
    EXPECT_EQ(text_of(row.text), row.text);
  }
}

TEST(Parse, SaysWhatIsWrongAndWhere) {
  const struct {
    const char* expression;
    const char* fault;
  } rows[] = {
      {"", "there is no expression"},
      {" # only this", "there is no expression"},
      {"x >", "an expression is missing at character 4"},
      {"(x", "')' is missing at character 3"},
      {"x)", "')' stands where an operator or the end is due, at character 2"},
      {"x{a=\"b}", "a string lacks its second quote at character 5"},
      {"x{a=~\"(\"}", "a regular expression is wrong (missing ): () at character 6"},
      {"x{a=\"\\d\"}", "a string has an escape that PromQL does not know at character 5"},
      {"{a=\"\"}",
       "a selector needs a metric's name or a matcher that demands a value, at character 1"},
      {"x{__name__=\"y\"}", "the metric's name is given twice at character 3"},
      {"x[5]", "'5' is no duration like 5m or 1h30m, at character 2"},
      {"sum(x)[5m]", "a range belongs right behind an instant selector, and not at character 7"},
      {"sum(x) offset 5m", "no selector is before 'offset' at character 8"},
      {"rate(x)", "rate() takes a range vector (x[5m]), not an instant vector at character 1"},
      {"1 + clamp(x, 1)", "clamp() takes 3 arguments, not 2 at character 5"},
      {"round(x, 1, 2)", "round() takes at least 2 arguments, not 3 at character 1"},
      {"topk(x)", "topk() takes two arguments at character 1"},
      {"1 > 2", "two numbers are compared by '> bool' at character 3"},
      {"x and 1", "'and' takes no numbers at character 3"},
      {"x + bool y", "bool belongs to a comparison, not to '+', at character 3"},
      {"x or on (a) group_left y", "'or' takes no group_left or group_right at character 3"},
      {"foo(x)", "there is no function foo() at character 1"},
      {"x[5m]", "the expression is a range vector (x[5m]), which has no value at one time"},
      {"\"x\"", "the expression is a string, which has no value at one time"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(text_of(row.expression), std::string{"fault: "} + row.fault) << row.expression;
  }
}

TEST(Parse, NamesWhatIsNotEvaluated) {
  const struct {
    const char* expression;
    const char* fault;
  } rows[] = {
      {"max_over_time(x [5m:1m])",
       "simulate does not evaluate subqueries: [5m:1m] at character 17"},
      {"rate(x[1m])[ 5m : ]", "simulate does not evaluate subqueries: [ 5m : ] at character 12"},
      {"x @ 1609746000", "simulate does not evaluate '@ 1609746000' at character 3"},
      {"x offset 5m @ end()", "simulate does not evaluate '@ end()' at character 13"},
      {"1 + histogram_sum(x)", "simulate does not evaluate histogram_sum() at character 5"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(text_of(row.expression), std::string{"fault: "} + row.fault) << row.expression;
    EXPECT_TRUE(read(row.expression)) << row.expression;
  }
  EXPECT_EQ(to_text(*read("max_over_time((rate(x[1m]) > 3) [5m:] offset 1m) + new(x[5m], 3)")),
            "max_over_time((rate(x[1m]) > 3)[5m:] offset 1m) + new(x[5m], 3)");
}

TEST(Parse, EndsAtWhatNobodyWrites) {
  const auto repeated = [](const std::string& text, int times) {
    std::string result;
    for (int i = 0; i < times; ++i) result += text;
    return result;
  };
  EXPECT_EQ(text_of(repeated("(", 100) + "x" + repeated(")", 100)), "x");
  EXPECT_EQ(text_of(repeated("(", 101) + "x" + repeated(")", 101)),
            "fault: the parentheses are more than 100 deep at character 101");
  EXPECT_EQ(text_of(repeated("abs(", 101) + "x" + repeated(")", 101)),
            "fault: the parentheses are more than 100 deep at character 404");
  EXPECT_TRUE(parse(repeated("x or ", 2000) + "x"));
  EXPECT_EQ(text_of(repeated("x or ", 2001) + "x"),
            "fault: there are more than 2000 operators at character 10003");
  EXPECT_EQ(text_of(repeated("-", 2001) + "x"),
            "fault: there are more than 2000 operators at character 2001");
  EXPECT_EQ(text_of(std::string(64 * 1024 + 1, 'x')), "fault: an expression has 64 KiB at most");
}

TEST(Selectors, AreListedOnce) {
  const auto expression =
      read("sum(rate(x{a=\"b\"}[5m])) / count(y) > x{a='b'} offset 1h + {job=\"z\"} + x");
  ASSERT_TRUE(expression);
  std::vector<std::string> all;
  for (const Selector& selector : selectors(*expression)) all.push_back(to_text(selector));
  EXPECT_EQ(all, (std::vector<std::string>{"x{a=\"b\"}", "y", "{job=\"z\"}", "x"}));
  EXPECT_EQ(metrics(*expression), (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(metrics(*read("time() + 3")).empty());
}

}  // namespace
}  // namespace scalehook::promql
