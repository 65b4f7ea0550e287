// The template's scaler: an author's own unit test looks like this.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <scalehook/testing.hpp>

#include "sdk/template/file.cpp"  // NOLINT(bugprone-suspicious-include): a plugin has no header

namespace {

class Template : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "scalehook-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder = name;
    std::ofstream{folder / "web"} << "2\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string content() {
    std::string line;
    std::getline(std::ifstream{folder / "web"} >> std::ws, line);
    return line;
  }

  std::filesystem::path folder;
};

TEST_F(Template, ReadsAndWrites) {
  scalehook::testing::bench<file_scaler> plugin{{{"/folder", folder.string()}}};
  const auto found = plugin.read({{"name", "web"}});
  EXPECT_EQ(found.status, SCALEHOOK_OK);
  EXPECT_EQ(found.replicas, 2);
  EXPECT_EQ(found.ready, 2);

  const auto would =
      plugin.write({{"name", "web"}}, {.replicas = 3, .version = found.version, .dry_run = true});
  EXPECT_EQ(would.status, SCALEHOOK_OK);
  EXPECT_EQ(content(), "2");
  const auto did = plugin.write({{"name", "web"}}, {.replicas = 3, .version = found.version});
  EXPECT_EQ(did.status, SCALEHOOK_OK);
  EXPECT_EQ(content(), "3");
  EXPECT_EQ(plugin.read({{"name", "web"}}).version, did.version);

  const auto stale = plugin.write({{"name", "web"}}, {.replicas = 4, .version = found.version});
  EXPECT_EQ(stale.status, SCALEHOOK_CONFLICT);
  EXPECT_EQ(content(), "3");
}

TEST_F(Template, TellsItsFailuresApart) {
  scalehook::testing::bench<file_scaler> plugin{{{"/folder", folder.string()}}};
  EXPECT_EQ(plugin.read({{"name", "none"}}).status, SCALEHOOK_NOT_FOUND);
  EXPECT_EQ(plugin.write({{"name", "none"}}, {.replicas = 1}).status, SCALEHOOK_NOT_FOUND);
  std::ofstream{folder / "web"} << "many";
  EXPECT_EQ(plugin.read({{"name", "web"}}).code, "no-number");
  scalehook::testing::bench<file_scaler> without;
  EXPECT_EQ(without.created().status, SCALEHOOK_INVALID);
}

}  // namespace
