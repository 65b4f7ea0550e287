#include "plugins/log/text.hpp"

#include <gtest/gtest.h>

namespace scalehook::log {
namespace {

TEST(Text, IsCutBetweenCharacters) {
  const struct {
    const char* text;
    std::size_t size;
    const char* cut;
  } rows[] = {
      {"", 0, ""},          {"abc", 3, "abc"},    {"abcd", 3, "…"},     {"abcd", 2, ""},
      {"abcdef", 5, "ab…"}, {"äöüäöü", 8, "äö…"}, {"äöüäöü", 7, "äö…"}, {"äöüäöü", 6, "ä…"},
      {"😀😀😀", 11, "😀😀…"},   {"😀😀😀", 10, "😀…"},    {"😀😀😀", 6, "…"},      {"😀", 4, "😀"},
  };
  for (const auto& row : rows) EXPECT_EQ(cut(row.text, row.size), row.cut) << row.text << row.size;
}

TEST(Text, EscapesWhatEndsALineOrCommandsATerminal) {
  EXPECT_EQ(escaped(std::string_view("a\0\n\x1b[31m", 8)), R"(a\u0000\u000a\u001b[31m)");
  EXPECT_EQ(escaped("\x7f\xC2\x80\xC2\x9F\xE2\x80\xA8\xE2\x80\xA9"),
            R"(\u007f\u0080\u009f\u2028\u2029)");
  EXPECT_EQ(escaped("\xC2\xA0é\xE2\x80\xA7😀\\"), "\xC2\xA0é\xE2\x80\xA7😀\\");
}

}  // namespace
}  // namespace scalehook::log
