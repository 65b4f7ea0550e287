// PromQL's tokens, which are also those of Prometheus 1.x's rule files. Pure; any thread. Whether
// an expression is valid PromQL is for Prometheus to say.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scalehook::promql {

struct Token {
  enum class Kind {
    name,     // also a keyword, which may name a metric or a label too
    number,   // or a duration
    text,     // a string
    sign,     // an operator, a bracket, ',' or '@'
    unknown,  // bytes that PromQL does not know outside of strings, together
    end
  };
  Kind kind{};
  std::string_view text;  // within what was read; of a string with its quotes
  bool closed = true;     // false for a string that lacks its second quote

  bool is(std::string_view sign) const { return kind == Kind::sign && text == sign; }
  // In any case: keywords are not case-sensitive.
  bool is_word(std::string_view lower_case) const;
};

using Tokens = std::span<const Token>;

// Splits whatever text it is given. Comments and blanks are left out, and the last token is `end`.
std::vector<Token> tokens(std::string_view text);

// The tokens of an expression, without `end`, if it can be taken apart: nothing if a bracket or a
// string is not closed, or for what nobody writes: more than 64 KiB, or brackets 100 deep.
std::optional<std::vector<Token>> closed_tokens(std::string_view expression);

// Of closed tokens: where the bracket that opens at `at` is closed; `at` if none opens there.
std::size_t end_of_group(Tokens tokens, std::size_t at);

// How tightly a binary operator binds, from loosely to tightly. Only a power is right-associative.
enum class Level { none, disjunction, conjunction, comparison, sum, product, power };

// `none` for what is no binary operator. Where an operand is due, "or" is a metric and "-" a sign.
Level level(const Token& token);

// A literal, Inf or NaN, or a duration.
bool is_number(const Token& token);

// Of a string what stands between its quotes, unescaped; of others their text.
std::string unquoted(const Token& token);

// The text from the first of some neighbouring tokens to the last; there is at least one.
std::string_view text_of(Tokens tokens);

std::string lower_case(std::string_view text);

}  // namespace scalehook::promql
