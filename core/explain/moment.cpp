#include "core/explain/moment.hpp"

#include <array>
#include <ctime>

namespace scalehook::explain {
namespace {

std::tm local(alert::Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  const std::time_t count{seconds};
  std::tm parts{};
  localtime_r(&count, &parts);
  return parts;
}

std::string formatted(const std::tm& parts, const char* format) {
  std::array<char, 100> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), format, &parts);
  return {text.data(), size};
}

bool same_day(alert::Time time, alert::Time other) {
  const auto one = local(time);
  const auto two = local(other);
  return one.tm_year == two.tm_year && one.tm_yday == two.tm_yday;
}

}  // namespace

std::string date_and_time(alert::Time time) {
  return formatted(local(time), "%a %d %b %Y, %H:%M:%S %Z");
}

std::string time_beside(alert::Time time, alert::Time other) {
  return formatted(local(time), same_day(time, other) ? "%H:%M:%S" : "%a %d %b %Y, %H:%M:%S");
}

std::string at_time(alert::Time time, alert::Time other) {
  return formatted(local(time),
                   same_day(time, other) ? "at %H:%M:%S" : "on %a %d %b %Y at %H:%M:%S");
}

}  // namespace scalehook::explain
