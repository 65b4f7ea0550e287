#include "core/api/decisions.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "core/journal/journal.hpp"
#include "tests/unit/api/asking.hpp"

namespace scalehook::api {
namespace {

using ::testing::HasSubstr;

alert::Time hour(int number) { return alert::Time(std::chrono::hours(number)); }

class Decisions : public ::testing::Test {
 protected:
  Decisions() {
    std::string name = (std::filesystem::temp_directory_path() / "decisions-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
    journal_ = *journal::Journal::open(path_);
    journal::Change change;
    change.records = {made(1, "deployment shop/a"), made(2, "deployment shop/b & c"),
                      made(3, "deployment shop/a"), made(4, "")};
    journal_->store(std::move(change));
    EXPECT_TRUE(journal_->flush());
    routes_ = decisions(journal_->history(), [] { return hour(5); });
  }
  ~Decisions() override {
    journal_.reset();
    std::filesystem::remove_all(path_);
  }

  static journal::Record made(int number, const std::string& target) {
    return {0, hour(number), target, "applied", "{\"number\":" + std::to_string(number) + "}"};
  }

  // The numbers of the records found, e.g. "3 1".
  std::string found(const std::string& query) const {
    const auto answered = ask(routes_, "GET", "/api/v1/decisions", query);
    EXPECT_EQ(answered.status, 200U) << query;
    std::string numbers;
    for (const auto& record : answered.body.at("decisions").as_array()) {
      numbers += (numbers.empty() ? "" : " ") + std::to_string(record.at("number").as_int64());
    }
    return numbers;
  }

  std::string path_;
  std::unique_ptr<journal::Journal> journal_;
  std::vector<http::Route> routes_;
};

TEST_F(Decisions, AreFoundByTargetTimeAndNumber) {
  EXPECT_EQ(found(""), "4 3 2 1");
  EXPECT_EQ(found("target=deployment%20shop%2Fa"), "3 1");
  EXPECT_EQ(found("target=deployment+shop/b+%26+c"), "2");
  EXPECT_EQ(found("target="), "4");
  EXPECT_EQ(found("target=a"), "");
  EXPECT_EQ(found("since=2h"), "4 3");
  EXPECT_EQ(found("since=1970-01-01T03:00:00%2B01:00"), "4 3 2");
  EXPECT_EQ(found("limit=2"), "4 3");
  EXPECT_EQ(found("limit=1&target=deployment+shop/a&since=4h"), "3");
}

TEST_F(Decisions, SaysWhatIsWrongWithTheQuestion) {
  const struct {
    const char* query;
    const char* said;
  } rows[] = {
      {"limit=0", "1 to 10000"},
      {"limit=10001", "1 to 10000"},
      {"limit=ten", "\"ten\""},
      {"limit=5x", "\"5x\""},
      {"since=yesterday", "\"yesterday\""},
      {"since=2026-11-23", "2026-11-23"},
      {"targets=a", "known are: target, since, limit"},
      {"target=a&target=b", "twice"},
      {"target=%zz", "encoded"},
  };
  for (const auto& row : rows) {
    const auto answered = ask(routes_, "GET", "/api/v1/decisions", row.query);
    EXPECT_EQ(answered.status, 400U) << row.query;
    EXPECT_THAT(answered.error(), HasSubstr(row.said)) << row.query;
  }
  EXPECT_EQ(ask(routes_, "GET", "/api/v1/targets", "limit=1").status, 400U);
}

TEST_F(Decisions, ListTheirTargets) {
  const auto answered = ask(routes_, "GET", "/api/v1/targets", "");
  EXPECT_EQ(answered.status, 200U);
  EXPECT_EQ(boost::json::serialize(answered.body),
            R"({"targets":[{"target":"deployment shop/a"},{"target":"deployment shop/b & c"}]})");
}

TEST_F(Decisions, ListWhatCouldNotBeDelivered) {
  journal::Change change;
  change.events = {{1, "ops", R"({"id":"a"})"}, {2, "ops", R"({"id":"b"})"}, {3, "ops", "{}"}};
  change.undelivered = {{1, hour(1), "no such mailbox"}, {2, hour(2), "no such mailbox"}};
  journal_->store(std::move(change));
  ASSERT_TRUE(journal_->flush());
  const auto answered = ask(routes_, "GET", "/api/v1/dead-letters", "limit=1");
  EXPECT_EQ(answered.status, 200U);
  EXPECT_EQ(boost::json::serialize(answered.body),
            R"({"dead_letters":[{"number":2,"time":"1970-01-01T02:00:00.000Z","notifier":"ops",)"
            R"("explanation":"no such mailbox","event":{"id":"b"}}]})");
  EXPECT_EQ(ask(routes_, "GET", "/api/v1/dead-letters", "limit=0").status, 400U);
  EXPECT_EQ(ask(routes_, "GET", "/api/v1/dead-letters", "target=a").status, 400U);
}

}  // namespace
}  // namespace scalehook::api
