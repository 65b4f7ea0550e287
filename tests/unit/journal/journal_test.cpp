#include "core/journal/journal.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>
#include <numeric>
#include <thread>

#include "tests/unit/journal/folder.hpp"

namespace scalehook::journal {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

using JournalTest = Folder;
using namespace std::string_literals;

std::vector<std::string> bodies(const std::vector<Entry>& entries) {
  std::vector<std::string> bodies;
  for (const Entry& entry : entries) bodies.push_back(entry.body);
  return bodies;
}

TEST_F(JournalTest, KeepsWhatWasAppendedUntilItIsFinished) {
  const Time time(std::chrono::nanoseconds(1'700'000'000'123'456'789));
  const std::string body = "{\"a\": \"\0\xff\"}"s;  // whatever was sent
  {
    const auto journal = open();
    EXPECT_EQ(*append(*journal, body, time), 1);
    EXPECT_EQ(*append(*journal, "", time), 2);
    EXPECT_EQ(*append(*journal, "third"), 3);
    finish(*journal, 3, {});
  }
  const auto journal = open();
  const auto unfinished = journal->unfinished();
  ASSERT_EQ(unfinished.size(), 2U);
  EXPECT_EQ(unfinished[0].id, 1);
  EXPECT_EQ(unfinished[0].received_at, time);
  EXPECT_EQ(unfinished[0].body, body);
  EXPECT_EQ(unfinished[1].body, "");
  EXPECT_EQ(*append(*journal, "fourth"), 4);
}

TEST_F(JournalTest, RecordsAreFoundByTargetNewestFirst) {
  {
    const auto journal = open();
    const auto id = *append(*journal, "x");
    finish(*journal, id,
           {record(id, "deployment shop/a", "1"), record(id, "deployment shop/b", "2")});
    finish(*journal, 0, {record(0, "deployment shop/a", "3")});
  }
  const auto journal = open();
  EXPECT_THAT(journal->unfinished(), IsEmpty());
  EXPECT_THAT(
      records_of(*journal, {}, 10),
      ElementsAre(Field(&Record::json, "3"), Field(&Record::json, "2"), Field(&Record::json, "1")));
  EXPECT_THAT(records_of(*journal, {}, 1), ElementsAre(Field(&Record::json, "3")));
  const auto records = records_of(*journal, "deployment shop/a", 10);
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].notification, 0);
  EXPECT_EQ(records[1].notification, 1);
  EXPECT_EQ(records[1].time, Time(std::chrono::seconds(1)));
  EXPECT_EQ(records[1].reason, "applied");
  EXPECT_THAT(records_of(*journal, "deployment shop/c", 10), IsEmpty());
}

TEST_F(JournalTest, ACommitTakesTheWholeQueue) {
  std::vector<Commit> commits;  // written by the writer thread, read after it has ended
  std::latch first_written(1);
  std::latch all_queued(1);
  {
    const auto journal = open([&](const Commit& commit) { commits.push_back(commit); });
    journal->append({}, "first", [&](const auto&) {
      first_written.count_down();
      all_queued.wait();
    });
    first_written.wait();
    for (int i = 0; i < 100; ++i) {
      journal->append({}, "x", [](const auto& id) { EXPECT_TRUE(id); });
    }
    finish(*journal, 1, {record(1, "t")});
    all_queued.count_down();
  }
  ASSERT_EQ(commits.size(), 2U);
  EXPECT_EQ(commits[0].writes, 1U);
  EXPECT_EQ(commits[1].writes, 101U);
  EXPECT_TRUE(commits[1].successful);
  EXPECT_EQ(open()->unfinished().size(), 100U);
}

TEST_F(JournalTest, AnswersInTheOrderOfIds) {
  std::vector<std::int64_t> ids;  // written by the writer thread only
  {
    const auto journal = open();
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 50; ++j) {
          journal->append({}, "x", [&](const auto& id) { ids.push_back(*id); });
        }
      });
    }
  }
  std::vector<std::int64_t> expected(200);
  std::iota(expected.begin(), expected.end(), 1);
  EXPECT_EQ(ids, expected);
}

TEST_F(JournalTest, FlushWaitsForAllThatWasHandedOver) {
  const auto journal = open();
  std::atomic<int> answered{0};
  for (int i = 0; i < 10; ++i) journal->append({}, "x", [&](const auto&) { ++answered; });
  finish(*journal, 0, {record(0, "t")});
  EXPECT_TRUE(journal->flush());
  EXPECT_EQ(answered, 10);
  EXPECT_EQ(records_of(*journal, "t", 10).size(), 1U);
  EXPECT_TRUE(journal->flush());
}

TEST_F(JournalTest, MayBeReadWhileItIsWritten) {
  const auto journal = open();
  std::jthread writer([&] {
    for (int i = 0; i < 200; ++i) {
      journal->append({}, std::to_string(i), [](const auto&) {});
      finish(*journal, i, {record(i, "t")});
    }
  });
  std::jthread reader([&] {
    for (int i = 0; i < 50; ++i) {
      records_of(*journal, "t", 10);
      journal->unfinished();
    }
  });
  writer.join();
  reader.join();
  EXPECT_TRUE(journal->flush());
  EXPECT_EQ(records_of(*journal, "t", 1000).size(), 200U);
  EXPECT_THAT(bodies(journal->unfinished()), ElementsAre("199"));
}

TEST_F(JournalTest, ACallbackMayAppend) {
  {
    const auto journal = open();
    Journal* const in_callback = journal.get();
    journal->append({}, "one", [in_callback](const auto&) {
      in_callback->append({}, "two", [](const auto&) {});
    });
  }
  EXPECT_THAT(bodies(open()->unfinished()), ElementsAre("one", "two"));
}

using Events = Folder;

std::vector<std::string> texts(const std::vector<Event>& events) {
  std::vector<std::string> texts;
  for (const Event& event : events) texts.push_back(event.notifier + " " + event.json);
  return texts;
}

TEST_F(Events, AreKeptUntilTheyAreDeliveredOrGivenUp) {
  {
    const auto journal = open();
    Change made;
    made.events = {{1, "ops", "one"}, {2, "log", "two"}, {3, "ops", "three"}, {4, "log", "four"}};
    journal->store(std::move(made));
    ASSERT_TRUE(journal->flush());
    Change done;
    done.delivered = {2};
    done.undelivered = {{3, Time(std::chrono::seconds(7)), "nobody there"}};
    journal->store(std::move(done));
  }
  const auto journal = open();
  EXPECT_THAT(texts(journal->events()), ElementsAre("ops one", "log four"));
  EXPECT_EQ(journal->events().front().number, 1);
  const auto letters = journal->history().dead_letters(10);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].number, 3);
  EXPECT_EQ(letters[0].time, Time(std::chrono::seconds(7)));
  EXPECT_EQ(letters[0].notifier, "ops");
  EXPECT_EQ(letters[0].explanation, "nobody there");
  EXPECT_EQ(letters[0].json, "three");
}

TEST_F(Events, ThatAreDeliveredBeforeTheyAreWrittenLeaveNothing) {
  std::latch first_written(1);
  std::latch all_queued(1);
  {
    const auto journal = open();
    journal->append({}, "first", [&](const auto&) {
      first_written.count_down();
      all_queued.wait();
    });
    first_written.wait();
    Change made;
    made.events = {{1, "ops", "one"}, {2, "ops", "two"}};
    journal->store(std::move(made));
    Change done;
    done.delivered = {1};
    journal->store(std::move(done));
    all_queued.count_down();
  }
  EXPECT_THAT(texts(open()->events()), ElementsAre("ops two"));
}

TEST_F(Events, ThatWereGivenUpLongAgoAreForgotten) {
  const auto journal = open();
  Change change;
  change.events = {{1, "ops", "old"}, {2, "ops", "new"}, {3, "ops", "waits"}};
  change.undelivered = {{1, Time(std::chrono::seconds(1)), "x"},
                        {2, Time(std::chrono::seconds(3)), "x"}};
  journal->store(std::move(change));
  journal->forget_before(Time(std::chrono::seconds(2)));
  ASSERT_TRUE(journal->flush());
  ASSERT_TRUE(journal->flush()) << "it was done after the first";
  const auto letters = journal->history().dead_letters(10);
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].json, "new");
  EXPECT_THAT(texts(journal->events()), ElementsAre("ops waits"));
}

TEST_F(JournalTest, SaysWhenAChangeIsOnDisk) {
  std::latch stored(1);
  const auto journal = open();
  Change change;
  change.records = {record(0, "t")};
  journal->store(std::move(change), [&] { stored.count_down(); });
  stored.wait();
  EXPECT_EQ(records_of(*journal, "t", 10).size(), 1U);
}

}  // namespace
}  // namespace scalehook::journal
