// A damaged file is set aside, and what can be read of it goes on.
#include <fmt/chrono.h>
#include <gmock/gmock.h>

#include <fstream>
#include <functional>
#include <latch>
#include <random>

#include "tests/unit/journal/file_size_limit.hpp"
#include "tests/unit/journal/folder.hpp"

namespace scalehook::journal {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr std::streamoff page = 4096;

class Damage : public Folder {
 protected:
  void overwrite(std::streamoff from, const std::string& bytes) const {
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(from);
    stream << bytes;
  }
  // Some of everything, in the file itself.
  void fill() const {
    const auto journal = open();
    std::mt19937 chance;
    for (int i = 0; i < 50; ++i) {
      std::string body(10'000, '\0');  // that nothing makes smaller
      for (char& byte : body) byte = static_cast<char>(chance());
      append(*journal, body);
    }
    Change change;
    change.finished = {1};
    change.records = {record(1, "t", std::string(1000, 'r'))};
    change.states = {{"target", "t", "{}"}};
    change.events = {{7, "ops", "{\"reason\":\"applied\"}"}};
    journal->store(std::move(change));
  }
  // What is known of damage is added to `salvages`.
  std::unique_ptr<Journal> open_damaged(Journal::Observer observer = {}) {
    return open(std::move(observer), [this](const Salvage& found) { salvages.push_back(found); });
  }
  // The first page of the table, which every write to it goes through.
  void damage_table(const std::string& name) const {
    const auto root = number("SELECT rootpage FROM sqlite_schema WHERE name = '" + name + "'");
    overwrite((root - 1) * page, std::string(page, '\x7f'));
  }
  std::vector<std::string> set_aside() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      const std::string name = entry.path().filename();
      if (name.find("damaged") != std::string::npos) names.push_back(name);
    }
    return names;
  }

  std::vector<Salvage> salvages;  // of the writer thread, once it runs
};

TEST_F(Damage, OfNothingIsNone) {
  fill();
  open_damaged();
  EXPECT_THAT(salvages, IsEmpty());
}

TEST_F(Damage, OfAllStartsAnew) {
  std::filesystem::create_directories(folder());
  std::ofstream(file()) << std::string(5000, 'x');
  const auto journal = open_damaged();
  ASSERT_NE(journal, nullptr);
  ASSERT_THAT(salvages, SizeIs(1));
  EXPECT_THAT(salvages[0].set_aside, HasSubstr(file() + ".damaged-"));
  EXPECT_THAT(salvages[0].fault, Not(IsEmpty()));
  EXPECT_EQ(std::filesystem::file_size(salvages[0].set_aside), 5000U);
  EXPECT_EQ(salvages[0].notifications, 0);
  EXPECT_TRUE(append(*journal, "works"));
}

TEST_F(Damage, OfTheSchemaStartsAnew) {
  fill();
  overwrite(100, std::string(3000, 'x'));  // behind the header, where the tables are listed
  const auto journal = open_damaged();
  ASSERT_NE(journal, nullptr);
  EXPECT_THAT(salvages, SizeIs(1));
  EXPECT_TRUE(append(*journal, "works"));
}

TEST_F(Damage, OfSomePagesLeavesTheOthers) {
  fill();
  const auto size = std::filesystem::file_size(file());
  overwrite(static_cast<std::streamoff>(size / 2), std::string(page * 3, '\x7f'));
  const auto journal = open_damaged();
  ASSERT_NE(journal, nullptr);
  ASSERT_THAT(salvages, SizeIs(1));
  EXPECT_EQ(salvages[0].states, 1);
  EXPECT_EQ(salvages[0].records, 1);
  EXPECT_GT(salvages[0].notifications, 20);
  EXPECT_LT(salvages[0].notifications, 49);
  EXPECT_THAT(journal->unfinished(), SizeIs(static_cast<std::size_t>(salvages[0].notifications)));
  EXPECT_EQ(journal->unfinished().front().id, 2);
  EXPECT_EQ(journal->unfinished().back().id, 50);
  // What is remembered takes the ids from before for dealt with.
  EXPECT_GT(*append(*journal, "new"), 1'000'000'000'000'000);
}

TEST_F(Damage, ThatLooksLikeARowOfAnotherTypeCostsThatRow) {
  fill();
  run("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT, ', '')");
  run("INSERT INTO state VALUES ('target', 'bad', x'00')");
  damage_table("notification");
  const auto journal = open_damaged();
  ASSERT_NE(journal, nullptr);
  ASSERT_THAT(salvages, SizeIs(1));
  EXPECT_EQ(salvages[0].states, 1);
  EXPECT_EQ(salvages[0].records, 1);
}

TEST_F(Damage, IsMendedForGood) {
  fill();
  overwrite(page * 20, std::string(page * 3, '\x7f'));
  open_damaged();
  EXPECT_THAT(salvages, SizeIs(1));
  open_damaged();
  EXPECT_THAT(salvages, SizeIs(1));
}

TEST_F(Damage, ThatAStartDoesNotSeeIsMendedByTheFirstWriteThatMeetsIt) {
  fill();
  damage_table("record_of_target");
  {
    const auto journal = open_damaged();
    ASSERT_THAT(salvages, IsEmpty());
    finish(*journal, 2, {record(2, "u")});
    EXPECT_TRUE(journal->flush());
    ASSERT_THAT(salvages, SizeIs(1));
    EXPECT_EQ(salvages[0].notifications, 49);
    EXPECT_THAT(records_of(*journal, "t", 10), SizeIs(1));
    EXPECT_THAT(records_of(*journal, "u", 10), SizeIs(1));
    EXPECT_THAT(journal->unfinished(), SizeIs(48));
    EXPECT_THAT(journal->states("target"), SizeIs(1));
    EXPECT_THAT(journal->events(), SizeIs(1));
  }
  EXPECT_THAT(set_aside(), Each(HasSubstr("journal.db.damaged-")));
  const auto again = open_damaged();
  EXPECT_THAT(salvages, SizeIs(1));
  EXPECT_THAT(again->unfinished(), SizeIs(48));
  EXPECT_THAT(again->states("target"), SizeIs(1));
  EXPECT_EQ(again->last_event(), 7);
}

TEST_F(Damage, WhileItRunsIsAFaultAndThenMendedAndTheNotificationIsAccepted) {
  fill();
  Journal* running = nullptr;
  std::vector<std::string> faults;  // of the writer thread
  const auto journal = open_damaged([&](const Commit& commit) {
    if (!commit.successful) faults.push_back(running->fault().value_or("none"));
  });
  running = journal.get();
  damage_table("notification");
  const auto id = append(*journal, "comes meanwhile");
  ASSERT_TRUE(id) << id.error();
  EXPECT_THAT(faults, ElementsAre(AllOf(HasSubstr(file()), HasSubstr("is damaged"))));
  EXPECT_THAT(salvages, SizeIs(1));
  EXPECT_FALSE(journal->fault());
  EXPECT_EQ(journal->unfinished().back().body, "comes meanwhile");
  EXPECT_THAT(journal->states("target"), SizeIs(1));
  EXPECT_THAT(journal->events(), SizeIs(1));
}

TEST_F(Damage, ThatForgettingMeetsIsMended) {
  fill();
  const auto journal = open_damaged();
  damage_table("record_of_time");
  journal->forget_before(Time(std::chrono::seconds(1)));
  EXPECT_TRUE(journal->flush());
  EXPECT_THAT(salvages, SizeIs(1));
  EXPECT_THAT(records_of(*journal, "t", 10), SizeIs(1));
}

TEST_F(Damage, ThatCannotBeMendedForWantOfSpaceIsMendedLater) {
  fill();
  std::latch mended(1);
  const auto journal = open({}, [&](const Salvage&) { mended.count_down(); });
  damage_table("record");
  {
    const FileSizeLimit limit(1);
    finish(*journal, 2, {record(2, "u")});
    EXPECT_FALSE(journal->flush());
    EXPECT_TRUE(journal->fault());
    EXPECT_THAT(set_aside(), IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(file() + ".new")) << "others need the space";
    EXPECT_THROW(journal->history().targets(), std::runtime_error);
  }
  mended.wait();
  EXPECT_TRUE(journal->flush());
  EXPECT_FALSE(journal->fault());
  EXPECT_THAT(journal->unfinished(), SizeIs(48));
  EXPECT_THAT(journal->states("target"), SizeIs(1));
  EXPECT_THAT(journal->history().targets(), ElementsAre("u"));
}

// Each time the whole file is copied.
TEST_F(Damage, ThatCannotBeMendedIsNotTriedAgainAtOnce) {
  fill();
  const auto journal = open_damaged();
  damage_table("record");
  std::string fault;
  const auto begin = std::chrono::steady_clock::now();
  {
    const FileSizeLimit limit(1);
    finish(*journal, 2, {record(2, "u")});
    EXPECT_FALSE(journal->flush());
    fault = journal->fault().value_or("none");
  }
  const auto id = append(*journal, "x");
  const auto took = std::chrono::steady_clock::now() - begin;
  if (took >= std::chrono::seconds(1)) GTEST_SKIP() << "the machine is too slow for this";
  ASSERT_FALSE(id) << "there is space again, but nobody has looked";
  EXPECT_EQ(id.error(), fault);
}

TEST_F(Damage, OneAfterTheOtherIsOfTheDiskAndIsTold) {
  fill();
  const auto journal = open_damaged();
  damage_table("notification");
  ASSERT_TRUE(append(*journal, "x"));
  run("PRAGMA wal_checkpoint(TRUNCATE)");
  damage_table("notification");
  const auto id = append(*journal, "y");
  ASSERT_FALSE(id);
  EXPECT_THAT(id.error(), AllOf(HasSubstr(file()), HasSubstr("damaged again"), HasSubstr("disk")));
  EXPECT_THAT(set_aside(), SizeIs(1));
}

TEST_F(Damage, WhoseMendingWasCutOffGoesOnWithWhatIsMended) {
  fill();
  std::filesystem::copy(file(), file() + ".salvaged");
  std::ofstream(file(), std::ios::trunc) << std::string(5000, 'x');
  std::ofstream(file() + "-wal") << "of the damaged one";
  const auto journal = open_damaged();
  ASSERT_NE(journal, nullptr);
  EXPECT_THAT(journal->unfinished(), SizeIs(49));
  EXPECT_FALSE(std::filesystem::exists(file() + ".salvaged"));
  EXPECT_THAT(set_aside(), SizeIs(2));  // the file and its log
}

TEST_F(Damage, WhoseMendingFailedIsNotCopiedAgain) {
  fill();
  damage_table("record");
  // It leaves the file its log, which cannot be moved to where there is a folder.
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &reader), SQLITE_OK);
  sqlite3_exec(reader, "SELECT count(*) FROM state", nullptr, nullptr, nullptr);
  std::vector<std::string> obstacles;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  for (int ahead = 0; ahead < 60; ++ahead) {
    obstacles.push_back(
        fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}-wal", file(), now + std::chrono::seconds(ahead)));
    std::filesystem::create_directory(obstacles.back());
  }
  Mending mending(file(), "by the test");
  EXPECT_THROW(mending.run(), std::runtime_error);
  sqlite3_close(reader);
  for (const auto& obstacle : obstacles) std::filesystem::remove(obstacle);
  EXPECT_FALSE(std::filesystem::exists(file())) << "it is aside already, and its copy waits";

  const Salvage& salvage = mending.run();
  EXPECT_EQ(salvage.fault, "by the test");
  EXPECT_EQ(salvage.states, 1);
  EXPECT_TRUE(std::filesystem::exists(salvage.set_aside));
  EXPECT_TRUE(std::filesystem::exists(salvage.set_aside + "-wal"));
  EXPECT_THAT(open()->states("target"), SizeIs(1));
}

}  // namespace
}  // namespace scalehook::journal
