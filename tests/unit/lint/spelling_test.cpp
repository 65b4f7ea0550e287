#include "core/lint/spelling.hpp"

#include <gtest/gtest.h>

namespace scalehook::lint {
namespace {

TEST(Spelling, FindsSlipsAndNothingElse) {
  const std::set<std::string> known{"action",  "deployment", "namespace", "severity",
                                    "trigger", "pod",        "shard-10",  "id"};
  struct Row {
    const char* text;
    const char* meant;
  };
  for (const auto& [text, meant] : std::vector<Row>{{"serverity", "severity"},
                                                    {"deploymnet", "deployment"},
                                                    {"namepsace", "namespace"},
                                                    {"triger", "trigger"},
                                                    {"Action", "action"},
                                                    {"ID", "id"},
                                                    {"action", ""},
                                                    {"section", ""},
                                                    {"service", ""},
                                                    {"job", ""},
                                                    {"it", ""},
                                                    {"shard-11", ""},
                                                    {"", ""}}) {
    EXPECT_EQ(misspelt(text, known), meant) << text;
  }
  EXPECT_EQ(misspelt(std::string(100'000, 'a'), known), "");
  EXPECT_EQ(misspelt("action", {}), "");
}

}  // namespace
}  // namespace scalehook::lint
