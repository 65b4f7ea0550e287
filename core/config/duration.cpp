#include "core/config/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>

#include "core/alert/time.hpp"

namespace scalehook::config {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  milliseconds length;
};
// A day is always 24 h, a week 7 days, a year 365 days, as in Prometheus.
constexpr std::array<Unit, 7> units = {{{"y", std::chrono::hours(365 * 24)},
                                        {"w", std::chrono::hours(7 * 24)},
                                        {"d", std::chrono::hours(24)},
                                        {"h", std::chrono::hours(1)},
                                        {"m", std::chrono::minutes(1)},
                                        {"s", std::chrono::seconds(1)},
                                        {"ms", milliseconds(1)}}};
constexpr milliseconds longest = 100 * units[0].length;

constexpr const char* no_duration =
    "is no duration; write it like 30s, 5m or 1h30m (units y, w, d, h, m, s)";

}  // namespace

boost::system::result<milliseconds, std::string> parse_milliseconds(std::string_view text) {
  if (text == "0") return milliseconds(0);
  if (text.empty()) return std::string(no_duration);
  milliseconds sum{0};
  std::size_t next_unit = 0;
  while (!text.empty()) {
    std::int64_t number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || text.front() == '-') return std::string(no_duration);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty()) return std::string("has no unit; write it like 30s, 5m or 1h30m");
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    while (next_unit < units.size() && units[next_unit].name != name) ++next_unit;
    if (next_unit == units.size()) return std::string(no_duration);
    const milliseconds unit = units[next_unit++].length;
    if (number > longest / unit) return std::string("is longer than 100 years");
    sum += number * unit;
    text.remove_prefix(name.size());
  }
  if (sum > longest) return std::string("is longer than 100 years");
  return sum;
}

boost::system::result<std::chrono::seconds, std::string> parse_duration(std::string_view text) {
  const auto parsed = parse_milliseconds(text);
  if (!parsed) return parsed.error();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
  if (seconds != *parsed) return std::string("is not in whole seconds");
  return seconds;
}

boost::system::result<alert::Time, std::string> parse_since(std::string_view text,
                                                            alert::Time now) {
  if (const auto time = alert::parse_time(text)) return *time;
  const auto duration = parse_duration(text);
  if (!duration) {
    return std::string("is neither a duration like 2h nor a time like 2026-11-23T16:00:00Z");
  }
  return now - *duration;
}

}  // namespace scalehook::config
