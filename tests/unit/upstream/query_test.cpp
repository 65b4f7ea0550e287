#include "core/upstream/query.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/unit/upstream/payload.hpp"

namespace scalehook::upstream {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

QueryAnswer answered(std::string body, long status = 200) {
  return parse_query({status, std::move(body), {}});
}

TEST(Query, IsAFormThatAnyExpressionFitsIn) {
  const Request request =
      query_request("http://prometheus:9090/prom/", R"(app{a="b&c=%"} + 1 # ü)");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://prometheus:9090/prom/api/v1/query");
  EXPECT_EQ(request.content_type, "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body, "query=app%7Ba%3D%22b%26c%3D%25%22%7D%20%2B%201%20%23%20%C3%BC");
}

TEST(Query, IsReadAsPrometheusAnswersIt) {
  const auto samples = answered(payload("prometheus-vector.json"));
  ASSERT_TRUE(samples) << samples.error();
  ASSERT_EQ(samples->size(), 2);
  EXPECT_EQ(samples->at(0).labels,
            (alert::Labels{{"instance", "127.0.0.1:18763"}, {"job", "app"}}));
  EXPECT_EQ(samples->at(0).value, 40);
  EXPECT_EQ(samples->at(0).time.time_since_epoch(), std::chrono::milliseconds{1795478326317});
}

TEST(Query, MayGiveNothingAScalarOrNoNumber) {
  const auto empty = answered(R"({"status":"success","data":{"resultType":"vector","result":[]}})");
  ASSERT_TRUE(empty) << empty.error();
  EXPECT_THAT(*empty, IsEmpty());

  const auto scalar = answered(
      R"({"status":"success","data":{"resultType":"scalar","result":[1795478326,"NaN"]}})");
  ASSERT_TRUE(scalar) << scalar.error();
  ASSERT_EQ(scalar->size(), 1);
  EXPECT_THAT(scalar->front().labels, IsEmpty());
  EXPECT_TRUE(std::isnan(scalar->front().value));

  const auto infinite = answered(R"({"status":"success","data":{"resultType":"vector","result":
      [{"metric":{},"value":[1795478326.318,"+Inf"]}, {"metric":{},"value":[1,"-Inf"]}]}})");
  ASSERT_TRUE(infinite) << infinite.error();
  EXPECT_EQ(infinite->at(0).value, HUGE_VAL);
  EXPECT_EQ(infinite->at(1).value, -HUGE_VAL);
}

TEST(Query, SaysWhyThereAreNoSamples) {
  const struct {
    const char* body;
    long status;
    const char* said;
  } rows[] = {
      {R"({"status":"error","errorType":"bad_data","error":"1:4: parse error: unexpected"})", 400,
       "refused: 1:4: parse error: unexpected"},
      {R"({"status":"success","data":{"resultType":"matrix","result":[]}})", 200, "a matrix"},
      {"Service Unavailable", 503, "answered 503"},
      {"<html>", 200, "not as Prometheus does"},
      {R"({"status":"success"})", 200, "not as Prometheus does"},
      {R"({"status":"success","data":{"resultType":"vector","result":
          [{"metric":{},"value":[1,"many"]}]}})",
       200, "not a number"},
      {R"({"status":"success","data":{"resultType":"vector","result":
          [{"metric":{},"value":[1e300,"1"]}]}})",
       200, "not a time"},
  };
  for (const auto& row : rows) {
    const auto answer = answered(row.body, row.status);
    ASSERT_FALSE(answer) << row.body;
    EXPECT_THAT(answer.error(), HasSubstr(row.said));
  }
}

TEST(Pick, IsTheOneSampleWhoseLabelsTheAlertContains) {
  const alert::Labels alert{{"alertname", "A"}, {"instance", "i1"}, {"job", "app"}};
  const Sample one{{{"instance", "i1"}, {"job", "app"}}, 1, {}};
  const Sample other{{{"instance", "i2"}, {"job", "app"}}, 2, {}};
  const Sample aggregated{{{"job", "app"}}, 3, {}};
  const Sample total{{}, 4, {}};
  const Sample further{{{"instance", "i1"}, {"zone", "z"}}, 5, {}};
  const struct {
    std::vector<Sample> samples;
    std::size_t matching;
    double value;
  } rows[] = {
      {{}, 0, 0},
      {{other}, 0, 0},
      {{further}, 0, 0},
      {{one}, 1, 1},
      {{other, one, further}, 1, 1},
      {{aggregated}, 1, 3},
      {{total}, 1, 4},
      {{one, aggregated}, 2, 0},
      {{one, aggregated, total}, 3, 0},
  };
  for (const auto& row : rows) {
    const Pick picked = pick(row.samples, alert);
    EXPECT_EQ(picked.matching, row.matching);
    ASSERT_EQ(picked.sample.has_value(), row.matching == 1);
    EXPECT_EQ(picked.sample ? picked.sample->value : 0, row.value);
  }
}

}  // namespace
}  // namespace scalehook::upstream
