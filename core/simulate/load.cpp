#include "core/simulate/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/alert/time.hpp"

namespace scalehook::simulate {

boost::system::result<Load, std::string> Load::read(std::string_view text,
                                                    const std::string& file) {
  const auto series = read_csv(text, file);
  if (!series) return series.error();
  Load load;
  bool is_lost = false;
  const auto& rows = series->front().samples;
  for (const auto& row : rows) {
    if (std::isnan(row.value)) {
      if (!std::exchange(is_lost, true)) load.outages_.push_back({row.at, Time::max()});
      continue;
    }
    if (row.value < 0 || std::isinf(row.value)) {
      return fmt::format("{}: the load at {} is {}; it must be a number of at least 0", file,
                         alert::to_text(row.at), row.value);
    }
    if (std::exchange(is_lost, false)) load.outages_.back().to = row.at;
    load.samples_.push_back(row);
  }
  if (load.samples_.empty()) return fmt::format("{}: there is no load, only empty ones", file);
  load.start_ = rows.front().at;
  load.end_ = rows.back().at;
  return load;
}

double Load::at(Time time) const {
  const auto later = std::upper_bound(samples_.begin(), samples_.end(), time,
                                      [](Time at, const Sample& sample) { return at < sample.at; });
  if (later == samples_.begin()) return samples_.front().value;
  if (later == samples_.end()) return samples_.back().value;
  const Sample& before = *std::prev(later);
  using Seconds = std::chrono::duration<double>;
  const double share = Seconds{time - before.at} / Seconds{later->at - before.at};
  return before.value + (later->value - before.value) * share;
}

double Load::mean(Time time) const {
  double sum = at(time);
  int samples = 1;
  for (; samples < 4 && time - samples * tick_length >= start_; ++samples) {
    sum += at(time - samples * tick_length);
  }
  return sum / samples;
}

bool Load::is_measured(Time time) const {
  if (time < start_) return false;
  const auto later =
      std::upper_bound(outages_.begin(), outages_.end(), time,
                       [](Time at, const Outage& outage) { return at < outage.from; });
  return later == outages_.begin() || time >= std::prev(later)->to;
}

}  // namespace scalehook::simulate
