#include "core/alert/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace scalehook::alert {
namespace {

// Takes exactly `digits` decimal digits off the front.
bool take(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  const char* end = text.data() + digits;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.front() == '-') return false;
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

// The fraction of a second, in nanoseconds; digits beyond the ninth are read and dropped.
bool take_fraction(std::string_view& text, std::int64_t& nanoseconds) {
  nanoseconds = 0;
  if (!take(text, '.')) return true;
  std::int64_t unit = 100'000'000;
  std::size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    nanoseconds += (text[digits] - '0') * unit;
    unit /= 10;
  }
  text.remove_prefix(digits);
  return digits > 0;
}

bool take_zone(std::string_view& text, std::chrono::minutes& offset) {
  offset = {};
  if (take(text, 'Z') || take(text, 'z')) return true;
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return false;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  int hours = 0;
  int minutes = 0;
  if (!take(text, 2, hours) || !take(text, ':') || !take(text, 2, minutes)) return false;
  offset = std::chrono::minutes{sign * (hours * 60 + minutes)};
  return hours < 24 && minutes < 60;
}

}  // namespace

std::optional<Time> parse_time(std::string_view text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (!take(text, 4, year) || !take(text, '-') || !take(text, 2, month) || !take(text, '-') ||
      !take(text, 2, day) || !(take(text, 'T') || take(text, 't')) || !take(text, 2, hour) ||
      !take(text, ':') || !take(text, 2, minute) || !take(text, ':') || !take(text, 2, second)) {
    return std::nullopt;
  }
  std::int64_t nanoseconds = 0;
  std::chrono::minutes offset{};
  if (!take_fraction(text, nanoseconds) || !take_zone(text, offset) || !text.empty()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60 || year < 1678 || year > 2261) {
    return std::nullopt;
  }
  return Time{std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{hour} +
              std::chrono::minutes{minute} - offset + std::chrono::seconds{second} +
              std::chrono::nanoseconds{nanoseconds}};
}

std::string to_text(Time time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{days};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(time - days)};
  std::array<char, 64> buffer{};
  const int size = std::snprintf(
      buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return {buffer.data(), static_cast<std::size_t>(size)};
}

}  // namespace scalehook::alert
