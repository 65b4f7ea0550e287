// What opening a journal refuses, and how it says so.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/journal/folder.hpp"

namespace scalehook::journal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class Open : public Folder {
 protected:
  void overwrite(std::streamoff from, const std::string& bytes) const {
    std::fstream stream(file(), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(from);
    stream << bytes;
  }
};

TEST_F(Open, MakesAFolderThatOthersCannotRead) {
  open();
  struct stat status {};
  ASSERT_EQ(stat(folder().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07U, 0U);
}

TEST_F(Open, RefusesASecondDaemon) {
  const auto first = open();
  EXPECT_THAT(refusal(),
              AllOf(HasSubstr(folder()), HasSubstr("in use by another scalehook"),
                    HasSubstr("process " + std::to_string(getpid())), HasSubstr("--storage.path")));
  EXPECT_TRUE(append(*first, "still works"));
}

TEST_F(Open, IsFreeAgainAfterClosing) {
  open();
  EXPECT_NE(open(), nullptr);
}

TEST_F(Open, RefusesAFolderThatIsAFile) {
  std::ofstream(folder()) << "x";
  EXPECT_THAT(refusal(), AllOf(HasSubstr(folder()), HasSubstr("cannot be created")));
}

TEST_F(Open, RefusesAFolderThatCannotBeMade) {
  auto journal = Journal::open("/proc/nothing/here");
  ASSERT_FALSE(journal);
  EXPECT_THAT(journal.error(), AllOf(HasSubstr("/proc/nothing/here"), HasSubstr("No such file")));
}

TEST_F(Open, RefusesANewerSchema) {
  open();
  run("PRAGMA user_version = 7");
  EXPECT_THAT(refusal(), AllOf(HasSubstr(file()), HasSubstr("newer scalehook"), HasSubstr("7")));
}

TEST_F(Open, RefusesAnotherProgramsDatabase) {
  std::filesystem::create_directories(folder());
  run("CREATE TABLE theirs (x)");
  EXPECT_THAT(refusal(), AllOf(HasSubstr(file()), HasSubstr("another program's")));
}

TEST_F(Open, TakesUpAFileOfNoBytes) {
  std::filesystem::create_directories(folder());
  std::ofstream stream(file());
  stream.close();
  EXPECT_TRUE(append(*open(), "x"));
}

}  // namespace
}  // namespace scalehook::journal
