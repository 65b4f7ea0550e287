#include "core/rules/matcher.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace scalehook::rules {
namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_name_letter(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         (!first && c >= '0' && c <= '9');
}

// Of letters that mean themselves in a regular expression.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_name_letter(c, false) || c == '-' || c == '/' || c == '@';
  });
}

// A value between double quotes, with \" \\ and \n, or a bare one. One sentence in `fault` if it is
// neither.
std::string unquote(std::string_view text, std::string& fault) {
  if (!text.starts_with('"')) {
    if (text.find('"') != std::string_view::npos) fault = "a quote stands inside an unquoted value";
    return std::string{text};
  }
  std::string value;
  std::size_t at = 1;
  for (; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] != '\\') {
      value += text[at];
      continue;
    }
    if (++at == text.size()) break;
    switch (text[at]) {
      case 'n':
        value += '\n';
        break;
      case '"':
      case '\\':
        value += text[at];
        break;
      default:
        (value += '\\') += text[at];  // kept, as Alertmanager does: "\d" in an expression
    }
  }
  if (at >= text.size()) {
    fault = "the closing quote is missing";
  } else if (at + 1 != text.size()) {
    fault = "something follows the closing quote";
  }
  return value;
}

}  // namespace

boost::system::result<Matcher, std::string> Matcher::parse(std::string_view text) {
  const std::string quoted = "matcher '" + std::string{text} + "': ";
  std::string_view rest = trim(text);

  std::size_t length = 0;
  while (length < rest.size() && is_name_letter(rest[length], length == 0)) ++length;
  if (length == 0) return quoted + "must begin with a label name, as in severity=\"page\"";

  Matcher matcher;
  matcher.text_ = std::string{trim(text)};
  matcher.label_ = std::string{rest.substr(0, length)};
  rest = trim(rest.substr(length));
  if (rest.starts_with("=~")) {
    matcher.operator_ = Operator::match;
  } else if (rest.starts_with("!~")) {
    matcher.operator_ = Operator::no_match;
  } else if (rest.starts_with("!=")) {
    matcher.operator_ = Operator::not_equal;
  } else if (rest.starts_with("=")) {
    matcher.operator_ = Operator::equal;
  } else {
    return quoted + "after the label name must come one of = != =~ !~";
  }
  rest = trim(rest.substr(matcher.operator_ == Operator::equal ? 1 : 2));

  std::string fault;
  matcher.value_ = unquote(rest, fault);
  if (!fault.empty()) return quoted + fault;

  if (matcher.operator_ == Operator::match || matcher.operator_ == Operator::no_match) {
    RE2::Options options;
    options.set_log_errors(false);
    auto expression = std::make_shared<const RE2>(matcher.value_, options);
    if (!expression->ok()) {
      return quoted + "the regular expression is wrong: " + expression->error();
    }
    matcher.expression_ = std::move(expression);
  }
  return matcher;
}

bool Matcher::matches(const alert::Labels& labels) const {
  static const std::string absent;
  const auto found = labels.find(label_);
  const std::string& value = found == labels.end() ? absent : found->second;
  switch (operator_) {
    case Operator::equal:
      return value == value_;
    case Operator::not_equal:
      return value != value_;
    case Operator::match:
      return RE2::FullMatch(value, *expression_);
    case Operator::no_match:
      return !RE2::FullMatch(value, *expression_);
  }
  return false;
}

std::vector<std::string> Matcher::words() const {
  if (operator_ == Operator::equal) return {value_};
  std::vector<std::string> words;
  if (operator_ != Operator::match) return words;
  for (std::string_view rest = value_; !rest.empty();) {
    const std::string word{rest.substr(0, rest.find('|'))};
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (!word.empty() && is_plain(word)) words.push_back(word);
  }
  return words;
}

}  // namespace scalehook::rules
