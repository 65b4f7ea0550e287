// The words of PromQL, which are also those of Prometheus 1.x's rule files.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace scalehook::lint {

struct Token {
  enum class Kind { name, number, text, symbol, end };
  Kind kind = Kind::end;
  std::string text;      // of a text what stands between its quotes, unescaped
  std::size_t begin{};   // where it stands, in bytes
  std::size_t finish{};  // one behind its last byte

  bool is(std::string_view symbol) const { return kind == Kind::symbol && text == symbol; }
  // A name in any case: PromQL's keywords are no reserved words.
  bool is_word(std::string_view lower_case) const;
};

// Splits the text; comments and blanks are left out, and the last token is `end`. Durations count
// as numbers. What belongs to no word becomes a symbol of one byte: whoever reads it does not
// understand it.
std::vector<Token> tokens(std::string_view text);

std::string lower_case(std::string_view text);

}  // namespace scalehook::lint
