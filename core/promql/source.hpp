// The series that a selector or a recorded expression finds. Private to core/promql.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/promql/tree.hpp"
#include "core/promql/vector.hpp"

namespace scalehook::promql {

struct Source {
  const Series* series{};
  const LabelSet* set{};
};

struct Sources {
  std::vector<Source> all;
  std::chrono::nanoseconds range{};
  std::chrono::nanoseconds offset{};
  std::optional<std::chrono::nanoseconds> lookback;  // else the evaluation's
};

// The series of the storage that the selector matches, or its recording, in the order of their
// labels. They hold pointers into the storage and into the sets.
Sources find_sources(const Selector& selector, const Storage& storage, LabelSets& sets);
// What was recorded under a canonical text; null if nothing was.
std::optional<Sources> find_recording(const std::string& text, const Storage& storage,
                                      LabelSets& sets);

// The sample that is a series' value at `now`; null if it has none, or has ended.
const Sample* latest(const Series& series, Time now, std::chrono::nanoseconds lookback);

// The values of all sources, or the times of their samples.
enum class Tell { value, time };
Vector latest(const Sources& sources, Tell tell, const Evaluation& evaluation);

// The samples from `begin` to `end`, both included, without the markers of an end. They lie in the
// series, or else in the buffer.
std::span<const Sample> samples_within(const Series& series, Time begin, Time end,
                                       std::vector<Sample>& buffer);

}  // namespace scalehook::promql
