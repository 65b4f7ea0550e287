#include "core/upstream/tokens.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace scalehook::upstream {
namespace {

constexpr std::size_t longest = std::size_t{64} * 1024;
constexpr std::size_t deepest = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Whatever is none of PromQL's signs, so that bytes it does not know stay together.
bool is_word(char c) {
  return !is_blank(c) &&
         std::string_view{"\"'`#(){}[]+-*/%^=!<>,@"}.find(c) == std::string_view::npos;
}

// Each function takes what begins at `at` and returns its end, or npos if it has none.
constexpr auto npos = std::string_view::npos;

std::size_t end_of_text(std::string_view expression, std::size_t at) {
  const char quote = expression[at];
  for (++at; at < expression.size(); ++at) {
    if (expression[at] == quote) return at + 1;
    if (expression[at] == '\\' && quote != '`') ++at;
  }
  return npos;
}

std::size_t end_of_comment(std::string_view expression, std::size_t at) {
  return std::min(expression.find('\n', at), expression.size());
}

std::size_t end_of_word(std::string_view expression, std::size_t at) {
  const std::size_t begin = at;
  while (at < expression.size() && is_word(expression[at])) ++at;
  const std::string_view word = expression.substr(begin, at - begin);
  // The sign of an exponent belongs to the number: 1e-3, but not 0xe-3.
  const bool number = is_digit(word.front()) || word.front() == '.';
  const bool exponent = (word.back() == 'e' || word.back() == 'E') &&
                        word.find_first_of("xX") == npos && word.size() > 1;
  if (number && exponent && at + 1 < expression.size() &&
      (expression[at] == '-' || expression[at] == '+') && is_digit(expression[at + 1])) {
    ++at;
    while (at < expression.size() && is_digit(expression[at])) ++at;
  }
  return at;
}

std::size_t end_of_operation(std::string_view expression, std::size_t at) {
  static constexpr std::array<std::string_view, 6> pairs{"==", "!=", "<=", ">=", "=~", "!~"};
  const auto two = expression.substr(at, 2);
  return at + (std::find(pairs.begin(), pairs.end(), two) == pairs.end() ? 1 : 2);
}

std::size_t end_of_group(std::string_view expression, std::size_t at) {
  std::string closing;  // the brackets that are to come, innermost last
  while (at < expression.size()) {
    const char c = expression[at];
    if (c == '"' || c == '\'' || c == '`') {
      at = end_of_text(expression, at);
      if (at == npos) return npos;
      continue;
    }
    if (c == '#') {
      at = end_of_comment(expression, at);
      continue;
    }
    ++at;
    if (c == '(' || c == '{' || c == '[') {
      if (closing.size() == deepest) return npos;
      closing.push_back(c == '(' ? ')' : c == '{' ? '}' : ']');
    } else if (c == ')' || c == '}' || c == ']') {
      if (c != closing.back()) return npos;
      closing.pop_back();
      if (closing.empty()) return at;
    }
  }
  return npos;
}

}  // namespace

std::optional<std::vector<Token>> tokens(std::string_view expression) {
  if (expression.size() > longest) return std::nullopt;
  std::vector<Token> result;
  for (std::size_t at = 0; at < expression.size();) {
    const char c = expression[at];
    if (is_blank(c)) {
      ++at;
      continue;
    }
    if (c == '#') {
      at = end_of_comment(expression, at);
      continue;
    }
    std::size_t end = npos;
    auto kind = Token::Kind::operation;
    if (c == '"' || c == '\'' || c == '`') {
      kind = Token::Kind::text;
      end = end_of_text(expression, at);
    } else if (c == '(' || c == '{' || c == '[') {
      kind = Token::Kind::group;
      end = end_of_group(expression, at);
    } else if (is_word(c)) {
      kind = Token::Kind::word;
      end = end_of_word(expression, at);
    } else if (c != ')' && c != '}' && c != ']') {
      end = end_of_operation(expression, at);
    }
    if (end == npos) return std::nullopt;
    result.push_back({kind, expression.substr(at, end - at)});
    at = end;
  }
  return result;
}

bool is_parenthesis(const Token& token) {
  return token.kind == Token::Kind::group && token.text.front() == '(';
}

bool is_keyword(const Token& token, std::string_view keyword) {
  return token.kind == Token::Kind::word &&
         std::equal(token.text.begin(), token.text.end(), keyword.begin(), keyword.end(),
                    [](char c, char lower) {
                      return (c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) == lower;
                    });
}

bool is_number(const Token& token) {
  if (token.kind != Token::Kind::word) return false;
  return is_digit(token.text.front()) || token.text.front() == '.' || is_keyword(token, "inf") ||
         is_keyword(token, "nan");
}

std::string_view inside(const Token& group) { return group.text.substr(1, group.text.size() - 2); }

std::string_view text_of(std::span<const Token> tokens) {
  const char* const begin = tokens.front().text.data();
  const char* const end = tokens.back().text.data() + tokens.back().text.size();
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace scalehook::upstream
