// A damaged file is set aside, and what can be read of it goes on.
#include <gmock/gmock.h>

#include <fstream>
#include <random>

#include "tests/unit/journal/folder.hpp"

namespace scalehook::journal {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

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
    finish(*journal, 1, {record(1, "t", std::string(1000, 'r'))}, {{"target", "t", "{}"}});
  }
};

TEST_F(Damage, OfNothingIsNone) {
  fill();
  EXPECT_FALSE(open()->salvage());
}

TEST_F(Damage, OfAllStartsAnew) {
  std::filesystem::create_directories(folder());
  std::ofstream(file()) << std::string(5000, 'x');
  const auto journal = open();
  ASSERT_NE(journal, nullptr);
  const auto& salvage = journal->salvage();
  ASSERT_TRUE(salvage);
  EXPECT_THAT(salvage->set_aside, HasSubstr(file() + ".damaged-"));
  EXPECT_THAT(salvage->fault, Not(IsEmpty()));
  EXPECT_EQ(std::filesystem::file_size(salvage->set_aside), 5000U);
  EXPECT_EQ(salvage->notifications, 0);
  EXPECT_TRUE(append(*journal, "works"));
}

TEST_F(Damage, OfTheSchemaStartsAnew) {
  fill();
  overwrite(100, std::string(3000, 'x'));  // behind the header, where the tables are listed
  const auto journal = open();
  ASSERT_NE(journal, nullptr);
  EXPECT_TRUE(journal->salvage());
  EXPECT_TRUE(append(*journal, "works"));
}

TEST_F(Damage, OfSomePagesLeavesTheOthers) {
  fill();
  const auto size = std::filesystem::file_size(file());
  overwrite(static_cast<std::streamoff>(size / 2), std::string(4096 * 3, '\x7f'));
  const auto journal = open();
  ASSERT_NE(journal, nullptr);
  const auto& salvage = journal->salvage();
  ASSERT_TRUE(salvage);
  EXPECT_EQ(salvage->states, 1);
  EXPECT_EQ(salvage->records, 1);
  EXPECT_GT(salvage->notifications, 20);
  EXPECT_LT(salvage->notifications, 49);
  EXPECT_EQ(journal->unfinished().size(), static_cast<std::size_t>(salvage->notifications));
  EXPECT_EQ(journal->unfinished().front().id, 2);
  EXPECT_EQ(journal->unfinished().back().id, 50);
  // What is remembered takes the ids from before for dealt with.
  EXPECT_GT(*append(*journal, "new"), 1'000'000'000'000'000);
}

TEST_F(Damage, IsMendedForGood) {
  fill();
  overwrite(4096 * 20, std::string(4096 * 3, '\x7f'));
  EXPECT_TRUE(open()->salvage());
  EXPECT_FALSE(open()->salvage());
}

}  // namespace
}  // namespace scalehook::journal
