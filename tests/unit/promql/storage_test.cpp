#include <gtest/gtest.h>

#include "core/promql/age.hpp"
#include "tests/unit/promql/samples.hpp"

namespace scalehook::promql {
namespace {

using namespace std::chrono_literals;

// What a range query of the expression answered, a minute a step.
Storage recorded(std::string_view expression, const std::string& values) {
  Storage storage;
  storage.recorded_lookback = 60s - 1ms;
  record(storage, *parse(expression), {series({{"job", "web"}}, values, 60s)});
  return storage;
}

TEST(Recording, IsTheValueOfItsExpressionWhereverThatStands) {
  const Storage storage = recorded("sum by (job) (rate(x[1m]))", "3 5 _ 7");
  EXPECT_EQ(value_text("sum(rate(x[60s])) by (job)", storage, at(60s)), "{job=web} 5");
  EXPECT_EQ(value_text("(sum by (job) (rate(x[1m]))) * 2 > 9", storage, at(119s)), "{job=web} 10");
  EXPECT_EQ(value_text("sum by (job) (rate(x[1m])) > 3", storage, at(0s)), "");
  // A step without an answer had no value.
  EXPECT_EQ(value_text("sum by (job) (rate(x[1m]))", storage, at(120s)), "");
  // Of another expression nothing is known.
  EXPECT_EQ(value_text("sum by (job) (rate(x[2m]))", storage, at(60s)), "");
  EXPECT_EQ(value_text("sum(rate(x[1m]))", storage, at(60s)), "");
}

TEST(Recording, OfASelectorAnswersItsRangesAndOffsets) {
  const Storage storage = recorded("x{a=\"b\"}", "3 5 8 10");
  EXPECT_EQ(value_text("avg_over_time(x{a='b'}[2m])", storage, at(120s)), "{job=web} 5.33333");
  EXPECT_EQ(value_text("x{a=\"b\"} offset 1m", storage, at(120s)), "{job=web} 5");
  EXPECT_EQ(value_text("time() - timestamp(x{a=\"b\"})", storage, at(130s)), "{job=web} 10");
  EXPECT_EQ(value_text("x", storage, at(120s)), "");
}

TEST(Recording, IsPreferredToSeries) {
  Storage storage = recorded("sum(x)", "3 5");
  storage.series.push_back(series({{"__name__", "x"}}, "100 100 100 100 100"));
  EXPECT_EQ(value_text("sum(x)", storage, at(60s)), "{job=web} 5");
  EXPECT_EQ(value_text("sum(x) + on () x", storage, at(60s)), "{} 105");
}

TEST(Recording, HasAnAgeThoughItsSelectorsHaveNoSeries) {
  for (const char* const expression : {"sum by (job) (rate(x{a=\"b\"}[1m])) / count by (job) (up)",
                                       "x", "x offset 3m", "max_over_time(x[5m])"}) {
    const Storage storage = recorded(expression, "3 5 _ 7");
    const std::string age = *age_of(expression);
    EXPECT_EQ(value_text(age, storage, at(60s)), "{job=web} 0") << age;
    EXPECT_EQ(value_text(age, storage, at(90s)), "{job=web} 30") << age;
    EXPECT_EQ(value_text(age, storage, at(120s)), "") << age;
  }
}

TEST(StandIn, TellsOnlyTimes) {
  const Storage storage = recorded("sum(x)", "3 5");
  EXPECT_EQ(value_text("timestamp(x) - time()", storage, at(70s)), "{job=web} -10");
  EXPECT_EQ(value_text("x", storage, at(60s)), "");
  EXPECT_EQ(value_text("count(x)", storage, at(60s)), "");
  EXPECT_EQ(value_text("timestamp(x + 0)", storage, at(60s)), "");
}

TEST(StandIn, GivesWayToSeries) {
  Storage storage = recorded("sum(x)", "3 5");
  storage.series.push_back(series({{"__name__", "x"}, {"pod", "a"}}, "1 1 1 1"));
  EXPECT_EQ(value_text("time() - timestamp(x)", storage, at(70s)), "{pod=a} 25");
}

}  // namespace
}  // namespace scalehook::promql
