#include "core/promql/evaluate.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/promql/samples.hpp"

namespace scalehook::promql {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

// tests/integration/test_promql.py holds all functions against the real Prometheus; here is what
// the project's own rules build on, with the values that Prometheus 2.42 answered.
Storage shop() {
  Storage storage;
  storage.series = {
      series({{"__name__", "requests_total"}, {"pod", "a"}, {"job", "web"}},
             "0 30 60 90 120 150 180 210 240"),
      series({{"__name__", "requests_total"}, {"pod", "b"}, {"job", "web"}},
             "100 160 220 40 100 160 220 280 340"),
      series({{"__name__", "up"}, {"pod", "a"}, {"job", "web"}}, "1 1 1 1 1 1 1 1 1"),
      series({{"__name__", "up"}, {"pod", "b"}, {"job", "web"}}, "1 1 1 1 1 1 1 1 0"),
      series({{"__name__", "tasks"}, {"queue", "mail"}}, "5 6 7 _ _ nan 11 12 13"),
      series({{"__name__", "tasks"}, {"queue", "print"}}, "1 2 3 stale _ _ 7 8 stale"),
  };
  return storage;
}

TEST(Evaluate, DoesWhatPrometheusDoes) {
  const Storage storage = shop();
  const struct {
    const char* expression;
    const char* value;
  } rows[] = {
      {"tasks", "{__name__=tasks,queue=mail} 13"},
      {"tasks offset 15s", "{__name__=tasks,queue=mail} 12; {__name__=tasks,queue=print} 8"},
      {"tasks offset -10m", ""},
      {"tasks{queue=~\"p.*\"} offset 15s > 3", "{__name__=tasks,queue=print} 8"},
      {"3 < tasks", "{__name__=tasks,queue=mail} 13"},
      {"tasks > bool 20", "{queue=mail} 0"},
      {"rate(requests_total[1m])", "{job=web,pod=a} 2; {job=web,pod=b} 4"},
      {"rate(requests_total[2m])", "{job=web,pod=a} 2; {job=web,pod=b} 3.83333"},
      {"increase(requests_total[2m])", "{job=web,pod=a} 240; {job=web,pod=b} 460"},
      {"irate(requests_total[1m])", "{job=web,pod=a} 2; {job=web,pod=b} 4"},
      {"delta(requests_total{pod=\"b\"}[2m])", "{job=web,pod=b} 240"},
      {"resets(requests_total[2m])", "{job=web,pod=a} 0; {job=web,pod=b} 1"},
      {"rate(requests_total[10s])", ""},
      {"sum(rate(requests_total[1m])) > 5", "{} 6"},
      {"sum(rate(requests_total[1m])) > 6", ""},
      {"sum by (job) (rate(requests_total[1m])) / count by (job) (up == 1)", "{job=web} 6"},
      {"sum(rate(requests_total[1m])) / scalar(count(up))", "{} 3"},
      {"avg by (job) (rate(requests_total[1m]))", "{job=web} 3"},
      {"requests_total / on (pod) group_left up", "{job=web,pod=a} 240; {job=web,pod=b} inf"},
      {"requests_total and on (pod) up == 0", "{__name__=requests_total,job=web,pod=b} 340"},
      {"avg_over_time(tasks[1m])", "{queue=mail} nan; {queue=print} 7.5"},
      {"count_over_time(tasks[2m])", "{queue=mail} 7; {queue=print} 5"},
      {"max_over_time(tasks[2m])", "{queue=mail} 13; {queue=print} 8"},
      {"absent(tasks{queue=\"none\",a=\"b\"})", "{a=b,queue=none} 1"},
      {"absent(tasks)", ""},
      {"timestamp(tasks)", "{queue=mail} 1.7e+09"},
      {"timestamp(tasks) - time() + 1", "{queue=mail} 1"},
      {"time() - timestamp(tasks offset 15s)", "{queue=mail} 15; {queue=print} 15"},
      {"time() - timestamp(tasks + 0)", "{queue=mail} 0"},
      {"hour() * 100 + minute()", "{} 2215"},
      {"day_of_week() == 2", "{} 2"},
      {"scalar(tasks)", "13"},
      {"scalar(up)", "nan"},
      {"2 ^ 3 % 5 - -1", "4"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(value_text(row.expression, storage, at(120s)), row.value) << row.expression;
  }
}

TEST(Evaluate, TakesASampleForTheLookbackAndNotLonger) {
  const Storage storage = shop();
  EXPECT_EQ(value_text("tasks", storage, at(-1ms)), "");
  EXPECT_EQ(value_text("tasks{queue=\"mail\"}", storage, at(0ms)), "{__name__=tasks,queue=mail} 5");
  EXPECT_EQ(value_text("tasks", storage, at(120s + 5min)), "{__name__=tasks,queue=mail} 13");
  EXPECT_EQ(value_text("tasks", storage, at(120s + 5min + 1ms)), "");
  EXPECT_EQ(value_text("tasks", storage, at(130s), 5s), "");
}

TEST(Evaluate, EndsASeriesAtAMarkerUntilTheNextSample) {
  const Storage storage = shop();
  const auto printing = [&](milliseconds since) {
    return value_text("tasks{queue=\"print\"}", storage, at(since));
  };
  EXPECT_EQ(printing(44'999ms), "{__name__=tasks,queue=print} 3");
  EXPECT_EQ(printing(45s), "");
  EXPECT_EQ(printing(89'999ms), "");
  EXPECT_EQ(printing(90s), "{__name__=tasks,queue=print} 7");
  EXPECT_TRUE(is_stale(stale));
  EXPECT_FALSE(is_stale(std::numeric_limits<double>::quiet_NaN()));
}

TEST(Evaluate, RangesIncludeBothEnds) {
  const Storage storage = shop();
  EXPECT_EQ(value_text("count_over_time(up{pod=\"a\"}[30s])", storage, at(60s)),
            "{job=web,pod=a} 3");
  EXPECT_EQ(value_text("count_over_time(up{pod=\"a\"}[30s])", storage, at(60'001ms)),
            "{job=web,pod=a} 2");
}

TEST(Evaluate, FailsWherePrometheusDoes) {
  const Storage storage = shop();
  const struct {
    const char* expression;
    const char* fault;
  } rows[] = {
      {"-{job=\"web\"}", "the result has two series with the same labels"},
      {"label_replace(up, \"pod\", \"\", \"pod\", \".*\")",
       "the result has two series with the same labels"},
      {"requests_total / on (job) up", "the right side of '/' has two series for one (web)"},
      {"requests_total > on (job) count by (job) (up)",
       "the left side of '>' has two series for one (web), which takes group_left"},
      {"topk(NaN, up)", "topk() and bottomk() take a number of series"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(value_text(row.expression, storage, at(120s)), row.fault) << row.expression;
  }
}

TEST(Query, IsAskedManyTimes) {
  const Storage storage = shop();
  const Query query{*parse("sum(tasks)"), storage};
  EXPECT_EQ(shown(query.at(at(0s), 5min)), "{} 6");
  EXPECT_EQ(shown(query.at(at(30s), 5min)), "{} 10");
  EXPECT_EQ(shown(query.at(at(0s), 5min)), "{} 6");
}

}  // namespace
}  // namespace scalehook::promql
