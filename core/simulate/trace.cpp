#include "core/simulate/trace.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

// The median, for a gap or a repeated scrape must not change it.
std::chrono::nanoseconds step_of(const std::vector<Series>& all) {
  std::vector<std::chrono::nanoseconds> steps;
  for (const auto& series : all) {
    for (std::size_t index = 1; index < series.samples.size(); ++index) {
      steps.push_back(series.samples[index].at - series.samples[index - 1].at);
    }
  }
  if (steps.empty()) return 1min;
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

}  // namespace

boost::system::result<Trace, std::string> read_trace(std::string_view text,
                                                     const std::string& file) {
  const auto first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != std::string_view::npos && text[first] == '{';
  auto series = is_json ? read_matrix(text, file) : read_csv(text, file);
  if (!series) return {boost::system::in_place_error, series.error()};
  Trace trace;
  trace.file = file;
  trace.series = *std::move(series);
  trace.step = step_of(trace.series);
  trace.is_evaluated = is_json;
  trace.lookback = is_json ? trace.step : std::max<std::chrono::nanoseconds>(5min, trace.step);
  return trace;
}

double value_at(const Series& series, Time time, std::chrono::nanoseconds lookback) {
  const auto later = std::upper_bound(series.samples.begin(), series.samples.end(), time,
                                      [](Time at, const Sample& sample) { return at < sample.at; });
  if (later == series.samples.begin()) return std::numeric_limits<double>::quiet_NaN();
  const Sample& last = *std::prev(later);
  return time - last.at < lookback ? last.value : std::numeric_limits<double>::quiet_NaN();
}

bool parse_sample(std::string_view text, double& value) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return false;
  }
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end;
}

bool time_of(double seconds, Time& time) {
  constexpr double most = 9.2e9;
  if (!(seconds > -most && seconds < most)) return false;
  time = Time{std::chrono::milliseconds{std::llround(seconds * 1000)}};
  return true;
}

}  // namespace scalehook::simulate
