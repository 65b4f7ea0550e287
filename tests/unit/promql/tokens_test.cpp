#include "core/promql/tokens.hpp"

#include <gtest/gtest.h>

namespace scalehook::promql {
namespace {

// Each token behind its kind.
std::string shown(std::string_view text) {
  std::string all;
  for (const Token& token : tokens(text)) {
    constexpr const char* kinds[] = {"name", "number", "text", "sign", "unknown", "end"};
    all += kinds[static_cast<std::size_t>(token.kind)];
    if (!token.closed) all += "(open)";
    if (token.kind != Token::Kind::end) all += " " + std::string{token.text} + " ";
  }
  return all;
}

TEST(Tokens, AreOfTheseKinds) {
  EXPECT_EQ(shown(""), "end");
  EXPECT_EQ(shown("job:x_1 # y\n\t>=2"), "name job:x_1 sign >= number 2 end");
  EXPECT_EQ(shown("x{a!~'\\'}'}"), "name x sign { name a sign !~ text '\\'}' sign } end");
  EXPECT_EQ(shown("1e-3-0xe-3"), "number 1e-3 sign - number 0xe sign - number 3 end");
  EXPECT_EQ(shown("[1h:5m]"), "sign [ number 1h:5m sign ] end");
  EXPECT_EQ(shown("\xff$x !"), "unknown \xff$x sign ! end");
  EXPECT_EQ(shown("x=`\\` \"y\\\""), "name x sign = text `\\` text(open) \"y\\\" end");
}

TEST(Tokens, TellWhatAStringSays) {
  for (const auto& [text, said] : {std::pair{R"("a\"b\\c\nd")", "a\"b\\c\nd"},
                                   {"`a\\n`", "a\\n"},
                                   {"'a", "a"},
                                   {"'\\", "\\"},
                                   {"\"", ""},
                                   {"''", ""},
                                   {"30", "30"}}) {
    EXPECT_EQ(unquoted(tokens(text).front()), said) << text;
  }
}

TEST(Tokens, KnowWhereAGroupEnds) {
  const auto all = closed_tokens("f(x{a=\")\"}[5m], (y)) + 1");
  ASSERT_TRUE(all);
  EXPECT_EQ(end_of_group(*all, 0), 0U);
  EXPECT_EQ(text_of(Tokens{*all}.first(end_of_group(*all, 1) + 1)), "f(x{a=\")\"}[5m], (y))");
  EXPECT_EQ(end_of_group(*all, all->size() - 3), all->size() - 3);
}

}  // namespace
}  // namespace scalehook::promql
