#include "plugins/kubernetes/transport/rfc3339.hpp"

#include <charconv>

namespace scalehook::kubernetes {
namespace {

// Exactly `digits` digits at the front of `text`, which are taken off; -1 if they are not there.
int take_number(std::string_view& text, std::size_t digits) {
  int number = 0;
  if (text.size() < digits) return -1;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + digits, number);
  if (fault != std::errc{} || end != text.data() + digits || text.front() == '-') return -1;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const int y = take_number(text, 4);
  if (y < 0 || !take(text, "-")) return std::nullopt;
  const int m = take_number(text, 2);
  if (m < 0 || !take(text, "-")) return std::nullopt;
  const int d = take_number(text, 2);
  const year_month_day date{year{y}, month{static_cast<unsigned>(m)},
                            day{static_cast<unsigned>(d)}};
  if (d < 0 || !date.ok() || !take(text, "Tt ")) return std::nullopt;
  const int hour = take_number(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ":")) return std::nullopt;
  const int minute = take_number(text, 2);
  if (minute < 0 || minute > 59 || !take(text, ":")) return std::nullopt;
  const int second = take_number(text, 2);
  if (second < 0 || second > 60) return std::nullopt;
  if (take(text, ".")) {
    if (!take(text, "0123456789")) return std::nullopt;
    while (take(text, "0123456789")) {
    }
  }
  const auto local = sys_days{date} + hours{hour} + minutes{minute} + seconds{second};
  if (take(text, "Zz")) return text.empty() ? std::optional{local} : std::nullopt;
  const bool east = text.starts_with('+');
  if (!take(text, "+-")) return std::nullopt;
  const int zone_hours = take_number(text, 2);
  if (zone_hours < 0 || zone_hours > 23 || !take(text, ":")) return std::nullopt;
  const int zone_minutes = take_number(text, 2);
  if (zone_minutes < 0 || zone_minutes > 59 || !text.empty()) return std::nullopt;
  const auto offset = hours{zone_hours} + minutes{zone_minutes};
  return east ? local - offset : local + offset;
}

}  // namespace scalehook::kubernetes
