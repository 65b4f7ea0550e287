// A disk that takes no more: a limit on the size of files stands in for it.
#include <gmock/gmock.h>

#include <latch>
#include <utility>

#include "tests/unit/journal/file_size_limit.hpp"
#include "tests/unit/journal/folder.hpp"

namespace scalehook::journal {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using FullDisk = Folder;

TEST_F(FullDisk, IsToldToTheCallerAndGoesOnWhenThereIsSpace) {
  std::vector<std::int64_t> kept;
  {
    const auto journal = open();
    std::string fault;
    {
      const FileSizeLimit limit(256 * 1024);
      while (fault.empty()) {
        const auto id = append(*journal, std::string(10'000, 'x'));
        if (id) {
          kept.push_back(*id);
        } else {
          fault = id.error();
        }
      }
      EXPECT_FALSE(append(*journal, std::string(10'000, 'x')));
    }
    EXPECT_THAT(fault, HasSubstr(file()));
    const auto id = append(*journal, "there is space again");
    ASSERT_TRUE(id) << id.error();
    kept.push_back(*id);
  }
  std::vector<std::int64_t> found;
  for (const Entry& entry : open()->unfinished()) found.push_back(entry.id);
  EXPECT_GT(kept.size(), 5U);
  EXPECT_EQ(found, kept);
}

TEST_F(FullDisk, KeepsWhatIsFinishedUntilItCanBeWritten) {
  std::latch failed(1);
  std::latch written(1);
  std::vector<Commit> commits;  // of the writer thread, read after it has ended
  {
    const auto journal = open([&](const Commit& commit) {
      if (commits.empty()) failed.count_down();
      if (commit.successful) written.count_down();
      commits.push_back(commit);
    });
    {
      const FileSizeLimit limit(1);
      finish(*journal, 0, {record(0, "t", std::string(10'000, 'x'))});
      failed.wait();
      EXPECT_FALSE(journal->flush());
    }
    // No further call is needed: it is tried again by itself.
    written.wait();
    EXPECT_TRUE(journal->flush());
  }
  EXPECT_FALSE(commits.front().successful);
  EXPECT_TRUE(commits.back().successful);
  EXPECT_EQ(records_of(*open(), "t", 10).size(), 1U);
}

TEST_F(FullDisk, LosesNoUnfinishedNotificationWhenStoppedMeanwhile) {
  {
    auto journal = open();
    ASSERT_TRUE(append(*journal, "x"));
    const FileSizeLimit limit(1);
    finish(*journal, 1, {record(1, "t")});
    EXPECT_FALSE(journal->flush());
    journal.reset();
  }
  EXPECT_EQ(open()->unfinished().size(), 1U);
  EXPECT_THAT(records_of(*open(), {}, 10), IsEmpty());
}

TEST_F(FullDisk, IsAFaultUntilThereIsSpaceThoughNothingIsWritten) {
  std::latch good_again(1);
  bool failed = false;  // of the writer thread
  const auto journal = open([&](const Commit& commit) {
    if (!commit.successful) failed = true;
    if (commit.successful && std::exchange(failed, false)) good_again.count_down();
  });
  EXPECT_FALSE(journal->fault());
  {
    const FileSizeLimit limit(1);
    EXPECT_FALSE(append(*journal, "x"));
    ASSERT_TRUE(journal->fault());
    EXPECT_THAT(*journal->fault(), HasSubstr(file()));
  }
  good_again.wait();
  EXPECT_FALSE(journal->fault());
}

TEST_F(FullDisk, TooMuchThatWaitsIsTurnedAwayAtOnce) {
  std::latch first_written(1);
  std::latch go_on(1);
  auto opened = Journal::open(folder(), {}, {.waiting_bytes = 1000});
  ASSERT_TRUE(opened);
  const auto journal = *std::move(opened);
  journal->append({}, std::string(5000, 'x'), [&](const auto& id) {  // alone it always fits
    EXPECT_TRUE(id);
    first_written.count_down();
    go_on.wait();
  });
  first_written.wait();
  journal->append({}, std::string(600, 'x'), [](const auto& id) { EXPECT_TRUE(id); });
  std::string refusal;
  journal->append({}, std::string(600, 'x'), [&](const auto& id) { refusal = id.error(); });
  EXPECT_THAT(refusal, HasSubstr("wait for the disk"));
  go_on.count_down();
  ASSERT_TRUE(journal->flush());
  EXPECT_TRUE(append(*journal, std::string(600, 'x')));
}

}  // namespace
}  // namespace scalehook::journal
