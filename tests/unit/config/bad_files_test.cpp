// Every file in tests/config/bad has its expected output beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/config/load.hpp"

namespace scalehook::config {
namespace {

namespace fs = std::filesystem;

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<fs::path> bad_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator("tests/config/bad")) {
    if (entry.path().extension() == ".yml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

class BadFile : public ::testing::TestWithParam<fs::path> {};

TEST_P(BadFile, IsRefusedAsExpected) {
  const auto document = load_file(GetParam());
  ASSERT_FALSE(document);
  EXPECT_EQ(to_text(GetParam().filename(), document.error()),
            content(fs::path(GetParam()).replace_extension(".expected")));
}

INSTANTIATE_TEST_SUITE_P(Config, BadFile, ::testing::ValuesIn(bad_files()), [](const auto& file) {
  std::string name = file.param.stem();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(BadFiles, AreManyAndOneHasEightMistakes) {
  EXPECT_GE(bad_files().size(), 25U);
  const auto document = load_file("tests/config/bad/eight-mistakes.yml");
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().size(), 8U);
}

TEST(BadFiles, OneThatIsNotThereIsOneMistake) {
  const auto document = load_file("/nonexistent/scalehook.yml");
  ASSERT_FALSE(document);
  EXPECT_EQ(to_text("x.yml", document.error()),
            "x.yml:1:1: the file cannot be read: No such file or directory\n");
  EXPECT_FALSE(load_file("/"));
}

TEST(BadFiles, AliasesToAliasesCostNoMemory) {
  std::string yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string previous = "*a" + std::to_string(i - 1);
    yaml += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + previous;
    for (int j = 1; j < 10; ++j) yaml += ", " + previous;
    yaml += "]\n";
  }
  const auto document = load(yaml);
  ASSERT_FALSE(document);
  EXPECT_THAT(to_text("x.yml", document.error()), ::testing::HasSubstr("written out"));
}

TEST(BadFiles, DeepNestingIsAMistake) {
  for (const std::string& text :
       {std::string(100'000, '['), std::string(100'000, '{'), std::string(5'000, '-') + " x",
        std::string(200, '[') + "1" + std::string(200, ']')}) {
    EXPECT_FALSE(load(text));
  }
}

}  // namespace
}  // namespace scalehook::config
