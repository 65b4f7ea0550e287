#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/alert/time.hpp"
#include "core/simulate/trace.hpp"

namespace scalehook::simulate {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// Without its quotes.
std::string_view cell(std::string_view text) {
  text = trim(text);
  const bool is_quoted = text.size() >= 2 && text.front() == '"' && text.back() == '"';
  return is_quoted ? text.substr(1, text.size() - 2) : text;
}

// One sentence if it is no time.
std::optional<std::string> parse_csv_time(std::string_view text, Time& time) {
  double seconds{};
  if (parse_sample(text, seconds)) {
    if (time_of(seconds, time)) return std::nullopt;
    return fmt::format("\"{}\" is no time; numbers are seconds since 1970", text);
  }
  std::string rfc3339{text};
  if (rfc3339.size() >= 19 && rfc3339[10] == ' ') {
    rfc3339[10] = 'T';
    if (rfc3339.find_first_of("Zz+-", 19) == std::string::npos) rfc3339 += 'Z';
  }
  if (const auto parsed = alert::parse_time(rfc3339)) {
    time = *parsed;
    return std::nullopt;
  }
  return fmt::format(
      "\"{}\" is no time; write 2026-01-31T12:00:00Z, 2026-01-31 12:00:00 (UTC) or seconds since "
      "1970",
      text);
}

bool parse_csv_value(std::string_view text, double& value) {
  if (text.empty() || text == "null") {  // as Grafana writes nothing
    value = std::numeric_limits<double>::quiet_NaN();
    return true;
  }
  return parse_sample(text, value);
}

}  // namespace

boost::system::result<std::vector<Series>, std::string> read_csv(std::string_view text,
                                                                 const std::string& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark
  Series series;
  std::size_t number = 0;
  bool may_be_header = true;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto line = trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const auto fault = [&](const std::string& message) {
      return fmt::format("{}:{}: {}", file, number, message);
    };
    const auto comma = line.find(',');
    if (comma == std::string_view::npos || line.find(',', comma + 1) != std::string_view::npos) {
      return fault("must be a time and a value with one comma between them");
    }
    const auto time = cell(line.substr(0, comma));
    const auto value = cell(line.substr(comma + 1));
    Sample sample;
    const bool is_value = parse_csv_value(value, sample.value);
    const bool is_header = std::exchange(may_be_header, false) && !is_value;
    if (is_header) continue;
    if (const auto wrong = parse_csv_time(time, sample.at)) return fault(*wrong);
    if (!is_value) return fault(fmt::format("\"{}\" is no number", value));
    if (!series.samples.empty() && sample.at <= series.samples.back().at) {
      return fault(fmt::format("{} is not after the line before; sort the lines by time", time));
    }
    series.samples.push_back(sample);
  }
  if (series.samples.empty()) return fmt::format("{}:{}: there is no sample", file, number + 1);
  return std::vector<Series>{std::move(series)};
}

}  // namespace scalehook::simulate
