#include "core/simulate/recording.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace scalehook::simulate {

boost::system::result<Recording, std::string> Recording::of(std::vector<Trace> traces,
                                                            bool keeps_names) {
  Recording recording;
  recording.step_ = traces.front().step;
  for (auto& trace : traces) {
    recording.step_ = std::min(recording.step_, trace.step);
    for (auto& series : trace.series) {
      if (!keeps_names) series.name.clear();
      recording.parts_.push_back(
          {std::move(series), trace.lookback, trace.is_evaluated, trace.file});
    }
  }
  auto& parts = recording.parts_;
  std::stable_partition(parts.begin(), parts.end(),
                        [](const Part& part) { return !part.series.name.empty(); });
  std::map<std::pair<std::string, alert::Labels>, std::string> files;
  recording.start_ = parts.front().series.samples.front().at;
  recording.end_ = recording.start_;
  for (const auto& [series, lookback, is_evaluated, file] : parts) {
    recording.start_ = std::min(recording.start_, series.samples.front().at);
    recording.end_ = std::max(recording.end_, series.samples.back().at);
    const auto [other, is_new] = files.try_emplace({series.name, series.labels}, file);
    if (is_new) continue;
    if (!series.name.empty()) {
      return "two series have the name " + series.name + " and the same labels, in " +
             other->second + " and " + file;
    }
    return "two series have the same labels and no name, in " + other->second + " and " + file +
           ": series without a name are what one expression was recorded to be; record metrics "
           "under their names, as the answer of /api/v1/query_range?query=NAME has them";
  }
  return recording;
}

void Recording::label(const std::string& name, const std::string& value) {
  for (auto& part : parts_) part.series.labels[name] = value;
}

Playback::Playback(const Recording& recording, const std::string& expression, Database& database,
                   Factor factor)
    : recording_{recording}, database_{database}, factor_{std::move(factor)} {
  std::vector<alert::Labels> unnamed;
  for (const auto& part : recording.parts()) {
    if (part.series.name.empty()) {
      unnamed.push_back(part.series.labels);
    } else {
      database_.add(part.series.name, part.series.labels);
      next_.push_back(0);
    }
  }
  if (!unnamed.empty()) database_.record(*promql::parse(expression), unnamed);
}

void Playback::scrape(std::size_t index, Time now) {
  const auto& part = recording_.parts()[index];
  const auto& samples = part.series.samples;
  auto& next = next_[index];
  for (; next < samples.size() && samples[next].at <= now; ++next) {
    const auto& sample = samples[next];
    database_.append(index, sample.at, sample.value * factor_(index));
    // What was evaluated to nothing at the next step is gone then.
    const bool is_last = next + 1 == samples.size();
    const auto ends = sample.at + part.lookback;
    if (part.is_evaluated && (is_last || samples[next + 1].at > ends)) {
      database_.end(index, ends);
    }
  }
}

void Playback::catch_up(Time now) {
  if (caught_up_ == now) return;
  caught_up_ = now;
  for (std::size_t index = 0; index < recording_.parts().size(); ++index) {
    if (index < next_.size()) {
      scrape(index, now);
      continue;
    }
    const auto& part = recording_.parts()[index];
    const double value = value_at(part.series, now, part.lookback) * factor_(index);
    database_.append_recorded(index - next_.size(), now, std::isnan(value) ? promql::stale : value);
  }
}

}  // namespace scalehook::simulate
