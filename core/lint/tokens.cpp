#include "core/lint/tokens.hpp"

#include <algorithm>
#include <array>

namespace scalehook::lint {
namespace {

constexpr std::array<std::string_view, 6> long_symbols = {"==", "!=", "<=", ">=", "=~", "!~"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

// How long the number or duration at the beginning is: 30, 0.5, .5, 1e-3, 0x1f, 1h30m.
std::size_t number_length(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    const bool exponent_sign = at > 0 && (c == '+' || c == '-') &&
                               (text[at - 1] == 'e' || text[at - 1] == 'E') &&
                               !text.starts_with("0x");
    if (!is_digit(c) && c != '.' && !exponent_sign && (!is_letter(c) || c == ':')) break;
    ++at;
  }
  return at;
}

// The text between quotes at the beginning, and how long it is with them; one that is not closed
// ends with the text.
std::size_t read_quoted(std::string_view text, std::string& to) {
  const char quote = text.front();
  std::size_t at = 1;
  for (; at < text.size() && text[at] != quote; ++at) {
    if (text[at] == '\\' && quote != '`' && at + 1 < text.size()) {
      ++at;
      to += text[at] == 'n' ? '\n' : text[at] == 't' ? '\t' : text[at];
    } else {
      to += text[at];
    }
  }
  return std::min(at + 1, text.size());
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return lower;
}

bool Token::is_word(std::string_view lower) const {
  return kind == Kind::name && lower_case(text) == lower;
}

std::vector<Token> tokens(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const char c = rest.front();
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
      ++at;
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    Token token{.kind = Token::Kind::symbol, .text = {}, .begin = at, .finish = 0};
    std::size_t length = 1;
    if (is_letter(c)) {
      token.kind = Token::Kind::name;
      while (length < rest.size() && (is_letter(rest[length]) || is_digit(rest[length]))) ++length;
    } else if (is_digit(c) || (c == '.' && rest.size() > 1 && is_digit(rest[1]))) {
      token.kind = Token::Kind::number;
      length = number_length(rest);
    } else if (c == '"' || c == '\'' || c == '`') {
      token.kind = Token::Kind::text;
      length = read_quoted(rest, token.text);
    } else if (std::find(long_symbols.begin(), long_symbols.end(), rest.substr(0, 2)) !=
               long_symbols.end()) {
      length = 2;
    }
    if (token.kind != Token::Kind::text) token.text = rest.substr(0, length);
    token.finish = at += length;
    tokens.push_back(std::move(token));
  }
  tokens.push_back(
      {.kind = Token::Kind::end, .text = {}, .begin = text.size(), .finish = text.size()});
  return tokens;
}

}  // namespace scalehook::lint
