// Records, how long they are kept, and how they are read beside the daemon.
#include "core/journal/history.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "tests/unit/journal/folder.hpp"

namespace scalehook::journal {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using HistoryTest = Folder;
using std::chrono::hours;

Record at(Time time, std::string json, std::string target = "t") {
  auto made = record(0, std::move(target), std::move(json));
  made.time = time;
  return made;
}

Time hour(int number) { return Time(hours(number)); }

std::vector<std::string> texts(const std::vector<Record>& records) {
  std::vector<std::string> texts;
  for (const Record& record : records) texts.push_back(record.json);
  return texts;
}

TEST_F(HistoryTest, FindsRecordsByTargetAndTime) {
  const auto journal = open();
  finish(*journal, 0,
         {at(hour(1), "1", "a"), at(hour(3), "3", "b"), at(hour(2), "2", "a"),
          at(hour(3), "3b", "a"), at(hour(9), "9", "")});
  ASSERT_TRUE(journal->flush());
  const auto& history = journal->history();
  const auto found = [&](std::optional<std::string> target, std::optional<Time> since,
                         std::size_t limit) {
    std::string all;
    for (const auto& record : history.records({std::move(target), since, limit})) {
      all += record.json + " ";
    }
    return all;
  };
  EXPECT_EQ(found({}, {}, 10), "9 3b 3 2 1 ");
  EXPECT_EQ(found("", {}, 10), "9 ");
  EXPECT_EQ(found("a", {}, 10), "3b 2 1 ");
  EXPECT_EQ(found("a", {}, 2), "3b 2 ");
  EXPECT_EQ(found("a", hour(2), 10), "3b 2 ");
  EXPECT_EQ(found({}, hour(3), 10), "9 3b 3 ");
  EXPECT_EQ(found("a", hour(4), 10), "");
  EXPECT_EQ(found("c", {}, 10), "");
  EXPECT_EQ(found({}, {}, 0), "");
  EXPECT_THAT(history.targets(), ElementsAre("a", "b"));
}

TEST_F(HistoryTest, IsReadBesideTheDaemonAndWithoutOne) {
  auto journal = open();
  finish(*journal, 0, {at(hour(1), "1")});
  ASSERT_TRUE(journal->flush());
  const auto beside = History::open(folder());
  ASSERT_TRUE(beside) << beside.error();
  EXPECT_THAT(texts((*beside)->records({})), ElementsAre("1"));
  finish(*journal, 0, {at(hour(2), "2")});
  journal.reset();
  EXPECT_THAT(texts((*beside)->records({})), ElementsAre("2", "1"));
  const auto alone = History::open(folder());
  ASSERT_TRUE(alone) << alone.error();
  EXPECT_THAT(texts((*alone)->records({})), ElementsAre("2", "1"));
  EXPECT_THAT((*alone)->targets(), ElementsAre("t"));
}

TEST_F(HistoryTest, OfNothingIsEmpty) {
  open();
  const auto history = History::open(folder());
  ASSERT_TRUE(history);
  EXPECT_THAT((*history)->records({}), IsEmpty());
  EXPECT_THAT((*history)->targets(), IsEmpty());
}

TEST_F(HistoryTest, SaysWhyItCannotBeRead) {
  auto missing = History::open("/proc/nothing/here");
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error(), AllOf(HasSubstr("/proc/nothing/here"), HasSubstr("--storage.path")));
  open();
  run("PRAGMA user_version = 7");
  auto newer = History::open(folder());
  ASSERT_FALSE(newer);
  EXPECT_THAT(newer.error(), HasSubstr("newer scalehook"));
}

// What version 1 wrote, with what it did not finish.
constexpr const char* file_of_version_1 = R"(
  PRAGMA journal_mode = WAL;
  CREATE TABLE notification (
    id INTEGER PRIMARY KEY AUTOINCREMENT, received_at INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
  CREATE TABLE record (
    id INTEGER PRIMARY KEY AUTOINCREMENT, notification INTEGER, time INTEGER NOT NULL,
    target TEXT NOT NULL, reason TEXT NOT NULL, json TEXT NOT NULL) STRICT;
  CREATE INDEX record_of_target ON record (target, id);
  PRAGMA application_id = 1935894635;
  PRAGMA user_version = 1;
  INSERT INTO notification (received_at, body) VALUES (1, x'31'), (2, x'32');
  DELETE FROM notification WHERE id = 1;
  INSERT INTO record (notification, time, target, reason, json)
    VALUES (1, 5, 't', 'applied', 'one'), (NULL, 7, 't', 'failed', 'two');
)";

TEST_F(HistoryTest, AFileOfVersion1IsTakenUp) {
  std::filesystem::create_directories(folder());
  run(file_of_version_1);
  {
    // Whoever only reads does not wait for the daemon to change the file.
    const auto before = History::open(folder());
    ASSERT_TRUE(before) << before.error();
    EXPECT_THAT(texts((*before)->records({})), ElementsAre("two", "one"));
    EXPECT_THAT((*before)->targets(), ElementsAre("t"));
  }
  {
    const auto journal = open();
    ASSERT_NE(journal, nullptr);
    ASSERT_EQ(journal->unfinished().size(), 1U);
    EXPECT_EQ(journal->unfinished().front().body, "2");
    EXPECT_THAT(texts(journal->history().records({})), ElementsAre("two", "one"));
    EXPECT_EQ(*append(*journal, "x"), 3);
    finish(*journal, 3, {}, {{"target", "t", "{}"}});
  }
  EXPECT_EQ(open()->states("target").size(), 1U);
}

using States = Folder;

std::vector<std::string> names(const std::vector<State>& states) {
  std::vector<std::string> names;
  for (const State& state : states) names.push_back(state.name + "=" + state.json);
  return names;
}

TEST_F(States, AreKeptUntilTheyAreReplacedOrForgotten) {
  {
    const auto journal = open();
    const auto id = *append(*journal, "x");
    finish(*journal, id, {record(id, "t")},
           {{"target", "b", "1"}, {"target", "a", "2"}, {"pause", "a", "3"}});
    finish(*journal, 0, {}, {{"target", "b", "4"}, {"target", "none", ""}, {"pause", "a", ""}});
  }
  const auto journal = open();
  EXPECT_THAT(names(journal->states("target")), ElementsAre("a=2", "b=4"));
  EXPECT_THAT(names(journal->states("pause")), IsEmpty());
  EXPECT_EQ(journal->states("target").front().kind, "target");
}

using Retention = Folder;

// The journal's commits, to be waited for.
class Commits {
 public:
  Journal::Observer observer() {
    return [this](const Commit&) {
      const std::lock_guard guard(mutex_);
      changed_.notify_all();
    };
  }
  // Until what is asked of the journal holds; it is asked after each commit.
  void await(const std::function<bool()>& holds) {
    std::unique_lock guard(mutex_);
    changed_.wait(guard, holds);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

TEST_F(Retention, ForgetsWhatIsOlderAndNothingElse) {
  Commits commits;
  const auto journal = open(commits.observer());
  finish(*journal, 0, {at(hour(1), "1"), at(hour(2), "2", "b"), at(hour(3), "3")},
         {{"target", "t", "{}"}});
  ASSERT_TRUE(append(*journal, "not dealt with yet", hour(1)));
  journal->forget_before(hour(2));
  commits.await([&] { return journal->history().records({}).size() == 2; });
  EXPECT_THAT(texts(journal->history().records({})), ElementsAre("3", "2"));
  EXPECT_EQ(journal->states("target").size(), 1U);
  EXPECT_EQ(journal->unfinished().size(), 1U);
}

TEST_F(Retention, OfALongHistoryShrinksTheFile) {
  constexpr std::size_t count = 12'000;  // more than are deleted at once
  {
    Commits commits;
    const auto journal = open(commits.observer());
    std::vector<Record> records(count, at(hour(1), std::string(500, 'x')));
    records.push_back(at(hour(3), "kept"));
    finish(*journal, 0, std::move(records));
    journal->forget_before(hour(2));
    ASSERT_TRUE(journal->flush());
    commits.await([&] { return records_of(*journal, {}, 2).size() == 1; });
    EXPECT_THAT(texts(journal->history().records({})), ElementsAre("kept"));
  }
  EXPECT_LT(std::filesystem::file_size(file()), count * 500 / 10);
}

}  // namespace
}  // namespace scalehook::journal
