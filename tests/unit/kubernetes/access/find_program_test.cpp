#include "plugins/kubernetes/access/find_program.hpp"

#include <gtest/gtest.h>

#include "tests/unit/kubernetes/files.hpp"

namespace scalehook::kubernetes {
namespace {

TEST(FindProgram, LooksInTheAbsoluteFoldersOfThePath) {
  const Folder folder;
  const auto here = folder.program("bin/helper-of-this-test", "");
  EXPECT_EQ(find_program("helper-of-this-test"), "");
  const Environment path{
      "PATH", "relative:" + folder.path("missing").string() + "::" + folder.path("bin").string()};
  EXPECT_EQ(find_program("helper-of-this-test"), here);
  EXPECT_EQ(find_program(here), here);
  std::filesystem::permissions(here, std::filesystem::perms::owner_read);
  EXPECT_EQ(find_program("none-such"), "");
  EXPECT_EQ(find_program(folder.path("bin").string()), "");
}

}  // namespace
}  // namespace scalehook::kubernetes
