#include "core/promql/tokens.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace scalehook::promql {
namespace {

using Kind = Token::Kind;

constexpr std::size_t longest = std::size_t{64} * 1024;
constexpr std::size_t deepest = 100;
constexpr auto npos = std::string_view::npos;

constexpr std::pair<std::string_view, Level> operators[] = {
    {"or", Level::disjunction}, {"and", Level::conjunction}, {"unless", Level::conjunction},
    {"==", Level::comparison},  {"!=", Level::comparison},   {"<", Level::comparison},
    {">", Level::comparison},   {"<=", Level::comparison},   {">=", Level::comparison},
    {"+", Level::sum},          {"-", Level::sum},           {"*", Level::product},
    {"/", Level::product},      {"%", Level::product},       {"atan2", Level::product},
    {"^", Level::power},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_of_name(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '_' || c == ':';
}

// Whatever is none of PromQL's signs, so that bytes it does not know stay together.
bool is_of_word(char c) {
  return !is_blank(c) && std::string_view{"\"'`#(){}[]+-*/%^=!<>,@"}.find(c) == npos;
}

bool begins_number(std::string_view word) { return is_digit(word.front()) || word.front() == '.'; }

Kind kind_of(std::string_view word) {
  if (begins_number(word)) return Kind::number;
  return std::all_of(word.begin(), word.end(), is_of_name) ? Kind::name : Kind::unknown;
}

// Each of these takes what begins at `at` and returns its end, or npos if it has none.
std::size_t end_of_text(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (++at; at < text.size(); ++at) {
    if (text[at] == quote) return at + 1;
    if (text[at] == '\\' && quote != '`') ++at;
  }
  return npos;
}

std::size_t end_of_word(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  while (at < text.size() && is_of_word(text[at])) ++at;
  const std::string_view word = text.substr(begin, at - begin);
  // The sign of an exponent belongs to the number: 1e-3, but not 0xe-3.
  const bool exponent = begins_number(word) && lower(word.back()) == 'e' &&
                        word.find_first_of("xX") == npos && word.size() > 1;
  if (exponent && at + 1 < text.size() && (text[at] == '-' || text[at] == '+') &&
      is_digit(text[at + 1])) {
    ++at;
    while (at < text.size() && is_digit(text[at])) ++at;
  }
  return at;
}

std::size_t end_of_sign(std::string_view text, std::size_t at) {
  const auto two = text.substr(at, 2);
  const bool matches = two == "=~" || two == "!~";
  return at + (matches || two == "==" || two == "!=" || two == "<=" || two == ">=" ? 2 : 1);
}

// What closes the bracket; 0 for what opens none.
char closing(const Token& token) {
  return token.is("(") ? ')' : token.is("{") ? '}' : token.is("[") ? ']' : '\0';
}

bool closes(const Token& token) { return token.is(")") || token.is("}") || token.is("]"); }

bool are_closed(Tokens tokens) {
  std::string missing;  // the brackets that are to come, innermost last
  for (const Token& token : tokens) {
    if (!token.closed) return false;
    if (const char bracket = closing(token)) {
      if (missing.size() == deepest) return false;
      missing.push_back(bracket);
    } else if (closes(token)) {
      if (missing.empty() || missing.back() != token.text.front()) return false;
      missing.pop_back();
    }
  }
  return missing.empty();
}

}  // namespace

bool Token::is_word(std::string_view lower_case) const {
  return kind == Kind::name &&
         std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                    [](char own, char wanted) { return lower(own) == wanted; });
}

std::vector<Token> tokens(std::string_view text) {
  std::vector<Token> result;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_blank(c)) {
      ++at;
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    Token token{Kind::sign, {}};
    const std::size_t end = is_quote(c)     ? end_of_text(text, at)
                            : is_of_word(c) ? end_of_word(text, at)
                                            : end_of_sign(text, at);
    token.text = text.substr(at, end - at);
    token.closed = end != npos;
    if (is_quote(c)) token.kind = Kind::text;
    if (is_of_word(c)) token.kind = kind_of(token.text);
    result.push_back(token);
    at += token.text.size();
  }
  result.push_back({Kind::end, text.substr(text.size())});
  return result;
}

std::optional<std::vector<Token>> closed_tokens(std::string_view expression) {
  if (expression.size() > longest) return std::nullopt;
  auto result = tokens(expression);
  result.pop_back();
  if (!are_closed(result)) return std::nullopt;
  return result;
}

std::size_t end_of_group(Tokens tokens, std::size_t at) {
  for (std::size_t depth = 0;; ++at) {
    if (closing(tokens[at]) != '\0') ++depth;
    if (depth > 0 && closes(tokens[at])) --depth;
    if (depth == 0) return at;
  }
}

Level level(const Token& token) {
  const auto* const found = std::find_if(
      std::begin(operators), std::end(operators),
      [&](const auto& one) { return token.is(one.first) || token.is_word(one.first); });
  return found == std::end(operators) ? Level::none : found->second;
}

bool is_number(const Token& token) {
  return token.kind == Kind::number || token.is_word("inf") || token.is_word("nan");
}

std::string unquoted(const Token& token) {
  if (token.kind != Kind::text) return std::string{token.text};
  std::string_view rest = token.text.substr(1);
  const bool escapes = token.text.front() != '`';
  if (token.closed) rest.remove_suffix(1);
  std::string result;
  for (std::size_t at = 0; at < rest.size(); ++at) {
    if (rest[at] == '\\' && escapes && at + 1 < rest.size()) {
      ++at;
      result += rest[at] == 'n' ? '\n' : rest[at] == 't' ? '\t' : rest[at];
    } else {
      result += rest[at];
    }
  }
  return result;
}

std::string_view text_of(Tokens tokens) {
  const char* const begin = tokens.front().text.data();
  const char* const end = tokens.back().text.data() + tokens.back().text.size();
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::string lower_case(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

}  // namespace scalehook::promql
