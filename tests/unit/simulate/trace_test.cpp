#include "core/simulate/trace.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/alert/time.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

// "TIME VALUE" of each sample.
std::string samples_of(const std::string& text) {
  const auto trace = read_trace(text, "t");
  if (!trace) return trace.error();
  std::string all;
  for (const auto& sample : trace->series.at(0).samples) {
    all += alert::to_text(sample.at) + " " + std::to_string(sample.value).substr(0, 4) + "\n";
  }
  return all;
}

TEST(Trace, TimesOfACsvMayBeWrittenInThreeWays) {
  const std::string expected = "2026-01-31T12:00:00.000Z 3.00\n2026-01-31T12:01:00.500Z 4.50\n";
  for (const char* text : {
           "2026-01-31T12:00:00Z,3\n2026-01-31T12:01:00.5Z,4.5\n",
           "time,value\n2026-01-31 12:00:00,3\r\n2026-01-31 12:01:00.5,4.5\r\n",
           "\"Time\",\"tasks\"\n\"2026-01-31 12:00:00\",\"3\"\n\"2026-01-31 12:01:00.5\",\"4.5\"",
           "2026-01-31 13:00:00+01:00,3\n\n# a comment\n2026-01-31T13:01:00.5+01:00,4.5\n",
           "\xEF\xBB\xBF"
           "1769860800,3\n1769860860.5 , +4.5\n",
       }) {
    EXPECT_EQ(samples_of(text), expected) << text;
  }
}

TEST(Trace, NothingIsRecordedAsNaN) {
  const auto trace = read_trace("1,5\n2,\n3,NaN\n4,null\n5,+Inf\n", "t");
  ASSERT_TRUE(trace);
  const auto& samples = trace->series.at(0).samples;
  ASSERT_EQ(samples.size(), 5U);
  for (const std::size_t index : {1U, 2U, 3U}) EXPECT_TRUE(std::isnan(samples[index].value));
  EXPECT_TRUE(std::isinf(samples[4].value));
}

TEST(Trace, AMistakeIsToldWithItsPlace) {
  const struct {
    const char* text;
    const char* said;
  } rows[] = {
      {"", "t:1: there is no sample"},
      {"time,value\n", "t:2: there is no sample"},
      {"1,2\n2\n", "t:2: must be a time and a value"},
      {"1,2\n2,3,4\n", "t:2: must be a time and a value"},
      {"time,value\nyesterday,3\n", "t:2: \"yesterday\" is no time; write 2026-01-31T12:00:00Z"},
      {"2026-02-30 12:00:00,3\n", "t:1: \"2026-02-30 12:00:00\" is no time"},
      {"1769860800000,3\n", "t:1: \"1769860800000\" is no time; numbers are seconds"},
      {"1,2\n2,many\n", "t:2: \"many\" is no number"},
      {"1,2\n2,1e999\n", "t:2: \"1e999\" is no number"},
      {"2,2\n1,3\n", "t:2: 1 is not after the line before"},
      {"1,2\n\n1,3\n", "t:3: 1 is not after the line before"},
      {"{\n\"data\":\nx}", "t:3: is no JSON: "},
      {"{}\n{}", "t:2: is no JSON: there is text after its end"},
      {"{}", "t: /data: must have \"resultType\": \"matrix\""},
      {R"({"data":{"resultType":"vector","result":[]}})", "t: /data: must have"},
      {R"({"status":"error","error":"timeout"})", "t: /error: Prometheus answered \"timeout\""},
      {R"({"data":{"resultType":"matrix","result":[]}})", "t: /data/result: there is no series"},
      {R"({"data":{"resultType":"matrix","result":[{"metric":{}}]}})",
       "t: /data/result/0: must be an object with"},
      {R"({"data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"],[2,3]]}]}})",
       "t: /data/result/0/values/1: must be"},
      {R"({"data":{"resultType":"matrix","result":[{"metric":{},"values":[[2,"2"],[1,"3"]]}]}})",
       "t: /data/result/0/values/1: is not after"},
      {R"({"data":{"resultType":"matrix","result":[{"metric":{"__name__":"a"},"values":[[1,"2"]]},
          {"metric":{"__name__":"a"},"values":[[1,"2"]]}]}})",
       "t: /data/result/1/metric: is that of an earlier series too"},
  };
  for (const auto& row : rows) {
    const auto trace = read_trace(row.text, "t");
    ASSERT_FALSE(trace) << row.text;
    EXPECT_TRUE(trace.error().starts_with(row.said)) << trace.error();
  }
}

TEST(Trace, AMatrixHasASeriesForEachSetOfLabels) {
  const auto trace = read_trace(R"({"status":"success","data":{"resultType":"matrix","result":[
      {"metric":{"__name__":"tasks","deployment":"a"},"values":[[60,"1"],[120,"2.5"]]},
      {"metric":{"__name__":"tasks","deployment":"b"},"values":[[120,"NaN"]]}]}})",
                                "t");
  ASSERT_TRUE(trace) << trace.error();
  ASSERT_EQ(trace->series.size(), 2U);
  EXPECT_EQ(trace->series[0].labels, (alert::Labels{{"deployment", "a"}}));
  EXPECT_EQ(trace->series[0].name, "tasks");
  EXPECT_EQ(trace->series[0].samples[1].value, 2.5);
  EXPECT_EQ(trace->step, 60s);
}

TEST(Trace, AValueHoldsUntilTheLookbackEnds) {
  const auto at = [](std::chrono::seconds time) { return Time{time}; };
  const auto csv = read_trace("60,1\n120,2\n", "t");
  ASSERT_TRUE(csv);
  const auto& series = csv->series[0];
  EXPECT_TRUE(std::isnan(value_at(series, at(59s), csv->lookback)));
  EXPECT_EQ(value_at(series, at(60s), csv->lookback), 1);
  EXPECT_EQ(value_at(series, at(119s), csv->lookback), 1);
  EXPECT_EQ(value_at(series, at(419s), csv->lookback), 2);
  EXPECT_TRUE(std::isnan(value_at(series, at(420s), csv->lookback)));

  // What a query gave at each step was nothing where it gave nothing.
  const auto matrix = read_trace(
      R"({"data":{"resultType":"matrix","result":[{"metric":{},"values":[[60,"1"],[120,"2"],
          [240,"3"],[300,"3"]]}]}})",
      "t");
  ASSERT_TRUE(matrix);
  EXPECT_EQ(value_at(matrix->series[0], at(179s), matrix->lookback), 2);
  EXPECT_TRUE(std::isnan(value_at(matrix->series[0], at(180s), matrix->lookback)));

  // Samples rarer than every five minutes are not stale before the next one.
  const auto rare = read_trace("0,1\n900,2\n1800,3\n", "t");
  ASSERT_TRUE(rare);
  EXPECT_EQ(value_at(rare->series[0], at(899s), rare->lookback), 1);
}

}  // namespace
}  // namespace scalehook::simulate
