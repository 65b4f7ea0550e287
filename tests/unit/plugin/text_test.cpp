#include "core/plugin/text.hpp"

#include <gtest/gtest.h>

namespace scalehook::plugin {
namespace {

TEST(Text, WellFormedTextIsClean) {
  for (const std::string_view text : {"", "plain", "größer", "€", "\U0001f600", "\u00a0"}) {
    EXPECT_TRUE(is_clean(text)) << text;
    EXPECT_EQ(cleaned(text, 100), text);
  }
}

TEST(Text, WhatIsNotUtf8IsReplaced) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"a\xff", "a\ufffd"},                              // never a byte of UTF-8
      {"\xc0\xaf", "\ufffd\ufffd"},                      // overlong slash
      {"\xe0\x80\xaf", "\ufffd\ufffd\ufffd"},            // the same in three bytes
      {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},            // a surrogate
      {"\xf4\x90\x80\x80", "\ufffd\ufffd\ufffd\ufffd"},  // beyond U+10FFFF
      {"\xe2\x82", "\ufffd\ufffd"},                      // broken off
      {"\x80x", "\ufffdx"},                              // begins in the middle
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_FALSE(is_clean(text)) << expected;
    EXPECT_EQ(cleaned(text, 100), expected);
  }
}

TEST(Text, ControlCharactersBecomeBlanks) {
  EXPECT_FALSE(is_clean("a\nb"));
  EXPECT_FALSE(is_clean("\u0085"));
  EXPECT_EQ(cleaned("a\r\n\tb\x1b[31m\x7f\u0085.", 100), "a   b [31m  .");
}

TEST(Text, IsCutAtACharactersEnd) {
  EXPECT_EQ(cleaned("abcdef", 6), "abcdef");
  EXPECT_EQ(cleaned("abcdefg", 6), "abcdef…");
  EXPECT_EQ(cleaned("ab€€", 7), "ab€…");
}

TEST(Text, AbsentIsEmpty) {
  EXPECT_EQ(view(scalehook_text{nullptr, 5}), "");
  EXPECT_EQ(view(scalehook_text{"abc", 2}), "ab");
}

}  // namespace
}  // namespace scalehook::plugin
