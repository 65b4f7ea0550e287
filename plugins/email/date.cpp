#include "plugins/email/date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace scalehook::email {
namespace {

using namespace std::chrono;

// Exactly `digits` digits at the front, taken away; empty if there are none such.
std::optional<unsigned> take_number(std::string_view& text, std::size_t digits) {
  unsigned number = 0;
  if (text.size() < digits) return std::nullopt;
  const char* end = text.data() + digits;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// "Z" or "+hh:mm" to the end of the text.
std::optional<minutes> take_zone(std::string_view text) {
  if (take(text, "Zz")) return text.empty() ? std::optional(minutes(0)) : std::nullopt;
  const bool west = text.starts_with('-');
  if (!take(text, "+-")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !text.empty()) return std::nullopt;
  const auto offset = hours(*hour) + minutes(*minute);
  return west ? -offset : offset;
}

struct Civil {
  weekday day;
  year_month_day date;
  hh_mm_ss<seconds> clock;
};

Civil civil(sys_seconds time) {
  const auto day = floor<days>(time);
  return {weekday(day), year_month_day(day), hh_mm_ss<seconds>(time - day)};
}

// "+0100"
std::string offset_text(minutes offset) {
  std::array<char, 16> text{};
  const auto size = std::abs(static_cast<int>(offset.count()));
  std::snprintf(text.data(), text.size(), "%c%02d%02d", offset < minutes(0) ? '-' : '+', size / 60,
                size % 60);
  return text.data();
}

}  // namespace

std::optional<sys_seconds> parse_rfc3339(std::string_view text) {
  const auto y = take_number(text, 4);
  if (!y || !take(text, "-")) return std::nullopt;
  const auto m = take_number(text, 2);
  if (!m || !take(text, "-")) return std::nullopt;
  const auto d = take_number(text, 2);
  if (!d || !take(text, "Tt ")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return std::nullopt;
  if (take(text, ".")) {
    if (!take_number(text, 1)) return std::nullopt;
    while (take_number(text, 1)) {
    }
  }
  const auto offset = take_zone(text);
  const year_month_day date{year(static_cast<int>(*y)), month(*m), day(*d)};
  if (!offset || !date.ok()) return std::nullopt;
  return sys_days(date) + hours(*hour) + minutes(*minute) + seconds(std::min(*second, 59U)) -
         *offset;
}

Zone local_zone(sys_seconds time) {
  const std::time_t seconds_since = time.time_since_epoch().count();
  std::tm local{};
  if (!localtime_r(&seconds_since, &local)) return {};
  return {duration_cast<minutes>(seconds(local.tm_gmtoff)), local.tm_zone ? local.tm_zone : ""};
}

std::string to_rfc5322(sys_seconds time, const Zone& zone) {
  static constexpr std::array day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto [day, date, clock] = civil(time + zone.offset);
  std::array<char, 64> line{};
  std::snprintf(line.data(), line.size(), "%s, %02u %s %04d %02d:%02d:%02d ",
                day_names[day.c_encoding()], static_cast<unsigned>(date.day()),
                month_names[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return line.data() + offset_text(zone.offset);
}

std::string to_text(sys_seconds time, const Zone& zone) {
  const auto [day, date, clock] = civil(time + zone.offset);
  std::array<char, 64> line{};
  std::snprintf(line.data(), line.size(), "%04d-%02u-%02u %02d:%02d:%02d ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  // Many zones have no other name than their offset: "+03".
  const bool named = !zone.name.empty() && zone.name.front() != '+' && zone.name.front() != '-';
  if (!named) return line.data() + offset_text(zone.offset);
  if (zone.name == "UTC" && zone.offset == minutes(0)) return std::string(line.data()) + "UTC";
  return line.data() + zone.name + " (" + offset_text(zone.offset) + ')';
}

}  // namespace scalehook::email
