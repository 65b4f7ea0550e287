// PromQL's tokens, as far as they are needed to take an expression apart.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace scalehook::upstream {

struct Token {
  enum class Kind {
    word,      // a name, a keyword, a number or a duration
    text,      // a string
    group,     // (…), {…} or […], whole
    operation  // an operator, ',' or '@'
  };
  Kind kind{};
  std::string_view text;  // within the expression; of a group with its brackets
};

// The tokens outside of all brackets, without comments. Nothing if a bracket or a string is not
// closed, or for what nobody writes: more than 64 KiB, or brackets 100 deep.
std::optional<std::vector<Token>> tokens(std::string_view expression);

bool is_parenthesis(const Token& token);
// Keywords are not case-sensitive; give `keyword` in lower case.
bool is_keyword(const Token& token, std::string_view keyword);
// A literal, Inf or NaN, or a duration.
bool is_number(const Token& token);

// Of a group, without its brackets.
std::string_view inside(const Token& group);
// The text from the first of some neighbouring tokens to the last; there is at least one.
std::string_view text_of(std::span<const Token> tokens);

}  // namespace scalehook::upstream
