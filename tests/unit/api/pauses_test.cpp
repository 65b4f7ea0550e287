#include "core/api/pauses.hpp"

#include <gmock/gmock.h>

#include "tests/unit/api/asking.hpp"

namespace scalehook::api {
namespace {

using ::testing::HasSubstr;

const alert::Time now{std::chrono::hours{10}};

class Pauses : public ::testing::Test {
 protected:
  Answered post(const std::string& path, const std::string& body,
                const std::string& content_type = "application/json") {
    return ask(routes_, "POST", path, "", body, content_type);
  }

  std::vector<scaling::Pause> kept_;
  std::vector<http::Route> routes_ =
      pauses({[this](scaling::Pause pause) { kept_.push_back(std::move(pause)); },
              [this](const std::string& target, const std::string& rule) {
                return std::erase_if(kept_, [&](const auto& pause) {
                  return (target.empty() && rule.empty()) ||
                         (pause.target == target && pause.rule == rule);
                });
              },
              [this] { return kept_; },
              [] {
                return std::vector<std::string>{"r", "checkout"};
              },
              [] { return now; }});
};

TEST_F(Pauses, OnlyOfARuleThatThereIs) {
  const auto slip = post("/api/v1/pause", R"({"rule": "chekout"})");
  EXPECT_EQ(slip.status, 400U);
  EXPECT_THAT(slip.error(), HasSubstr(R"(there is no rule "chekout"; did you mean "checkout"?)"));
  EXPECT_THAT(post("/api/v1/pause", R"({"rule": "other"})").error(),
              HasSubstr("known are: r, checkout"));
  EXPECT_TRUE(kept_.empty());
}

TEST_F(Pauses, BeginListAndEnd) {
  EXPECT_EQ(post("/api/v1/pause", R"({"target": "deployment shop/a", "rule": "r", "direction": "in",
                                      "for": "2h", "comment": "sale"})")
                .status,
            200U);
  EXPECT_EQ(post("/api/v1/pause", R"({"until": "1970-01-01T11:30:00+01:00"})").status, 200U);
  EXPECT_EQ(post("/api/v1/pause", "{}").status, 200U);
  ASSERT_EQ(kept_.size(), 3U);
  EXPECT_EQ(kept_[0].until, now + std::chrono::hours{2});
  EXPECT_EQ(kept_[1].until, now + std::chrono::minutes{30});
  EXPECT_EQ(kept_[2].until, std::nullopt);
  kept_.resize(1);
  EXPECT_EQ(boost::json::serialize(ask(routes_, "GET", "/api/v1/pauses", "").body),
            R"({"pauses":[{"target":"deployment shop/a","rule":"r","direction":"in",)"
            R"("comment":"sale","since":"1970-01-01T10:00:00.000Z",)"
            R"("until":"1970-01-01T12:00:00.000Z"}]})");

  const std::string named = R"({"target": "deployment shop/a", "rule": "r"})";
  EXPECT_EQ(post("/api/v1/resume", named).body.at("resumed").as_int64(), 1);
  EXPECT_TRUE(kept_.empty());
  const auto again = post("/api/v1/resume", named);
  EXPECT_EQ(again.status, 404U);
  EXPECT_THAT(again.error(), HasSubstr("target \"deployment shop/a\" and rule \"r\""));
  EXPECT_EQ(post("/api/v1/resume", "{}").body.at("resumed").as_int64(), 0);
  kept_.resize(2);
  EXPECT_EQ(post("/api/v1/resume", "{}").body.at("resumed").as_int64(), 2);
}

TEST_F(Pauses, SayWhatIsWrongAndPauseNothing) {
  const struct {
    const char* path;
    const char* body;
    const char* said;
  } rows[] = {
      {"/api/v1/pause", "", "JSON object"},
      {"/api/v1/pause", "[]", "JSON object"},
      {"/api/v1/pause", R"({"targt": "a"})", "known are: target, rule, direction, until, for"},
      {"/api/v1/pause", R"({"target": 7})", "\"target\" must be a text"},
      {"/api/v1/pause", R"({"direction": "up"})", "\"in\" or \"out\""},
      {"/api/v1/pause", R"({"for": "2 h"})", "is no duration"},
      {"/api/v1/pause", R"({"for": "0"})", "longer than 0"},
      {"/api/v1/pause", R"({"until": "tomorrow"})", "\"tomorrow\" is no time"},
      {"/api/v1/pause", R"({"until": "1970-01-01T10:00:00Z"})", "is over"},
      {"/api/v1/pause", R"({"until": "1970-01-02T10:00:00Z", "for": "1h"})", "either"},
      {"/api/v1/resume", R"({"direction": "in"})", "known are: target, rule"},
      {"/api/v1/resume", "nonsense", "JSON object"},
  };
  for (const auto& row : rows) {
    const auto answered = post(row.path, row.body);
    EXPECT_EQ(answered.status, 400U) << row.body;
    EXPECT_THAT(answered.error(), HasSubstr(row.said)) << row.body;
  }
  EXPECT_EQ(post("/api/v1/pause", "{}", "text/plain").status, 415U);
  EXPECT_TRUE(kept_.empty());
}

}  // namespace
}  // namespace scalehook::api
