#include "core/promql/source.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/promql/expression.hpp"

namespace scalehook::promql {
namespace {

bool matches(const Matcher& matcher, const Labels& labels) {
  const std::string_view value = value_of(labels, matcher.label);
  switch (matcher.kind) {
    case Matcher::Kind::equal:
      return value == matcher.value;
    case Matcher::Kind::not_equal:
      return value != matcher.value;
    default:
      break;
  }
  const bool same =
      RE2::FullMatch(re2::StringPiece{value.data(), value.size()}, *matcher.expression);
  return same == (matcher.kind == Matcher::Kind::match);
}

}  // namespace

bool is_stale(double value) {
  return std::bit_cast<std::uint64_t>(value) == std::bit_cast<std::uint64_t>(stale);
}

std::optional<Sources> find_recording(const std::string& text, const Storage& storage,
                                      LabelSets& sets) {
  const auto found = storage.recorded.find(text);
  if (found == storage.recorded.end()) return std::nullopt;
  Sources result;
  result.lookback = storage.recorded_lookback;
  for (const Series& series : found->second) {
    result.all.push_back({&series, &sets.add(series.labels)});
  }
  return result;
}

Sources find_sources(const Selector& selector, const Storage& storage, LabelSets& sets) {
  Sources result;
  if (auto recorded = storage.recorded.empty() ? std::nullopt
                                               : find_recording(to_text(selector), storage, sets)) {
    result = *std::move(recorded);
  } else {
    for (const Series& series : storage.series) {
      if (std::all_of(selector.matchers.begin(), selector.matchers.end(),
                      [&](const Matcher& matcher) { return matches(matcher, series.labels); })) {
        result.all.push_back({&series, &sets.add(series.labels)});
      }
    }
  }
  std::sort(result.all.begin(), result.all.end(),
            [](const Source& a, const Source& b) { return a.set->labels < b.set->labels; });
  result.range = selector.range;
  result.offset = selector.offset;
  return result;
}

const Sample* latest(const Series& series, Time now, std::chrono::nanoseconds lookback) {
  const auto& all = series.samples;
  const auto after = std::upper_bound(all.begin(), all.end(), now,
                                      [](Time time, const Sample& one) { return time < one.at; });
  if (after == all.begin()) return nullptr;
  const Sample& sample = *std::prev(after);
  return sample.at < now - lookback || is_stale(sample.value) ? nullptr : &sample;
}

Vector latest(const Sources& sources, Tell tell, const Evaluation& evaluation) {
  Vector result;
  result.reserve(sources.all.size());
  for (const Source& source : sources.all) {
    const Sample* const sample = latest(*source.series, evaluation.now - sources.offset,
                                        sources.lookback.value_or(evaluation.lookback));
    if (sample == nullptr) continue;
    result.push_back({source.set, tell == Tell::value ? sample->value : seconds_of(sample->at)});
  }
  return result;
}

std::span<const Sample> samples_within(const Series& series, Time begin, Time end,
                                       std::vector<Sample>& buffer) {
  const auto& all = series.samples;
  const auto last = std::upper_bound(all.begin(), all.end(), end,
                                     [](Time time, const Sample& one) { return time < one.at; });
  const auto first = std::lower_bound(all.begin(), last, begin,
                                      [](const Sample& one, Time time) { return one.at < time; });
  const auto ends = [](const Sample& one) { return is_stale(one.value); };
  if (std::none_of(first, last, ends)) return {first, last};
  buffer.clear();
  std::remove_copy_if(first, last, std::back_inserter(buffer), ends);
  return buffer;
}

}  // namespace scalehook::promql
