// A storage folder of one test, and short words for what the tests do with a journal.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/journal/journal.hpp"

namespace scalehook::journal {

class Folder : public ::testing::Test {
 protected:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "journal-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() override { std::filesystem::remove_all(path_); }

  std::string folder() const { return path_ + "/data"; }
  std::string file() const { return folder() + "/journal.db"; }

  std::unique_ptr<Journal> open(Journal::Observer observer = {},
                                Journal::Salvaged salvaged = {}) const {
    auto journal = Journal::open(folder(), std::move(observer), {}, std::move(salvaged));
    EXPECT_TRUE(journal) << journal.error();
    return journal ? std::move(*journal) : nullptr;
  }

  // The sentence with which opening fails.
  std::string refusal() const {
    auto journal = Journal::open(folder());
    EXPECT_FALSE(journal);
    return journal ? "" : journal.error();
  }

  using Result = boost::system::result<std::int64_t, std::string>;

  // Looks into the file beside the journal, or without it.
  void run(const std::string& sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }

  // The same for a number.
  std::int64_t number(const std::string& sql) const {
    sqlite3* database = nullptr;
    EXPECT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const std::int64_t found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return found;
  }

  // Appends and waits for the answer.
  static Result append(Journal& journal, std::string body, Time time = {}) {
    const auto promise = std::make_shared<std::promise<Result>>();
    auto answer = promise->get_future();
    journal.append(time, std::move(body), [promise](Result result) { promise->set_value(result); });
    return answer.get();
  }

 private:
  std::string path_;
};

inline Record record(std::int64_t notification, std::string target, std::string json = "{}") {
  return {.notification = notification,
          .time = Time(std::chrono::seconds(1)),
          .target = std::move(target),
          .reason = "applied",
          .json = std::move(json)};
}

inline std::vector<Record> records_of(const Journal& journal, std::optional<std::string> target,
                                      std::size_t limit) {
  return journal.history().records({.target = std::move(target), .since = {}, .limit = limit});
}

// A notification (0: none) has been dealt with, and this is kept of it.
inline void finish(Journal& journal, std::int64_t notification, std::vector<Record> records,
                   std::vector<State> states = {}) {
  Change change;
  if (notification != 0) change.finished = {notification};
  change.records = std::move(records);
  change.states = std::move(states);
  journal.store(std::move(change));
}

}  // namespace scalehook::journal
