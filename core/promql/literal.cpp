#include "core/promql/literal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace scalehook::promql {
namespace {

constexpr auto npos = std::string_view::npos;

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr Unit units[] = {{"y", 365LL * 24 * 3600 * 1000},
                          {"w", 7LL * 24 * 3600 * 1000},
                          {"d", 24LL * 3600 * 1000},
                          {"h", 3600LL * 1000},
                          {"m", 60LL * 1000},
                          {"s", 1000},
                          {"ms", 1}};
// What nanoseconds of 64 bits can hold.
constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max() / 1'000'000;

std::optional<double> integer_of(std::string_view digits, int base) {
  std::int64_t value{};
  const auto [end, fault] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (fault != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return static_cast<double>(value);
}

void append_utf8(std::string& text, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  const auto rest = [&](unsigned shift) { byte(0x80U | ((code >> shift) & 0x3fU)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xc0U | (code >> 6U));
    rest(0);
  } else if (code < 0x10000) {
    byte(0xe0U | (code >> 12U));
    rest(6);
    rest(0);
  } else {
    byte(0xf0U | (code >> 18U));
    rest(12);
    rest(6);
    rest(0);
  }
}

// A character's code: so many digits at the beginning of the text.
bool append_code(std::string& result, std::string_view text, std::size_t digits, int base,
                 bool is_byte) {
  const std::string_view code = text.substr(0, digits);
  std::uint32_t value{};
  const auto [end, fault] = std::from_chars(code.data(), code.data() + code.size(), value, base);
  if (code.size() < digits || fault != std::errc{} || end != code.data() + code.size()) {
    return false;
  }
  if (is_byte) {
    result += static_cast<char>(value);
    return value < 0x100;
  }
  append_utf8(result, value);
  return value < 0x110000 && (value < 0xd800 || value > 0xdfff);
}

// What follows a backslash at the beginning of the text; how many bytes it has, 0 if it is wrong.
std::size_t append_escape(std::string& result, std::string_view text, char quote) {
  constexpr std::pair<char, char> plain[] = {{'a', '\a'}, {'b', '\b'}, {'f', '\f'}, {'n', '\n'},
                                             {'r', '\r'}, {'t', '\t'}, {'v', '\v'}, {'\\', '\\'}};
  if (text.empty()) return 0;
  const char c = text.front();
  for (const auto& [name, meant] : plain) {
    if (c == name) {
      result += meant;
      return 1;
    }
  }
  if (c == quote) {
    result += c;
    return 1;
  }
  if (c >= '0' && c <= '7') return append_code(result, text, 3, 8, true) ? 3 : 0;
  const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits == 0 || !append_code(result, text.substr(1), digits, 16, c == 'x')) return 0;
  return digits + 1;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<double> number_of(std::string_view text) {
  const std::string lower = lower_case(text);
  if (lower == "inf") return std::numeric_limits<double>::infinity();
  if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (lower.starts_with("0x")) return integer_of(std::string_view{lower}.substr(2), 16);
  if (lower.size() > 1 && lower.front() == '0' && lower.find_first_not_of("01234567") == npos) {
    if (const auto octal = integer_of(lower, 8)) return octal;
  }
  if (lower.find_first_not_of("0123456789.e+-") != npos) return std::nullopt;
  double value{};
  const auto [end, fault] = std::from_chars(lower.data(), lower.data() + lower.size(), value);
  if (fault != std::errc{} || end != lower.data() + lower.size()) return std::nullopt;
  return value;
}

std::optional<std::chrono::milliseconds> duration_of(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  const Unit* next = std::begin(units);
  while (!text.empty()) {
    std::int64_t count{};
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (fault != std::errc{} || !is_digit(text.front())) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto length =
        static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_digit) - text.begin());
    const auto* const unit = std::find_if(
        next, std::end(units), [&](const Unit& one) { return one.name == text.substr(0, length); });
    if (unit == std::end(units) || count > (longest - total) / unit->milliseconds) {
      return std::nullopt;
    }
    total += count * unit->milliseconds;
    text.remove_prefix(length);
    next = unit + 1;
  }
  return std::chrono::milliseconds{total};
}

std::optional<std::string> text_of_literal(const Token& token) {
  if (token.kind != Token::Kind::text || !token.closed) return std::nullopt;
  const char quote = token.text.front();
  std::string_view rest = token.text.substr(1, token.text.size() - 2);
  if (quote == '`') return std::string{rest};
  std::string result;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '\n') return std::nullopt;
    if (c != '\\') {
      result += c;
      continue;
    }
    const std::size_t length = append_escape(result, rest, quote);
    if (length == 0) return std::nullopt;
    rest.remove_prefix(length);
  }
  return result;
}

std::string number_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Inf" : "-Inf";
  return fmt::format("{}", number);
}

std::string duration_text(std::chrono::milliseconds duration) {
  if (duration.count() < 0) return "-" + duration_text(-duration);
  if (duration.count() == 0) return "0s";
  std::string result;
  std::int64_t rest = duration.count();
  for (const Unit& unit : units) {
    // 90d reads better than 12w6d.
    if ((unit.name == "y" || unit.name == "w") && rest % unit.milliseconds != 0) continue;
    if (const std::int64_t count = rest / unit.milliseconds; count > 0) {
      result += fmt::format("{}{}", count, unit.name);
    }
    rest %= unit.milliseconds;
  }
  return result;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      (result += '\\') += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result += '"';
}

bool is_label_name(std::string_view text) { return is_metric_name(text) && text.find(':') == npos; }

bool is_metric_name(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == ':'; });
}

}  // namespace scalehook::promql
