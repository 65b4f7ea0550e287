#include "plugins/kubernetes/access/one_line.hpp"

#include <gtest/gtest.h>

namespace scalehook::kubernetes {
namespace {

TEST(OneLine, CutsBetweenCharacters) {
  EXPECT_EQ(one_line("abc", 3), "abc");
  EXPECT_EQ(one_line("a\nb\tc\n", 10), "a b c");
  EXPECT_EQ(one_line("abcdefgh", 6), "abc…");
  EXPECT_EQ(one_line("ääää", 7), "ää…");
  EXPECT_EQ(one_line("aääää", 7), "aä…");
}

}  // namespace
}  // namespace scalehook::kubernetes
