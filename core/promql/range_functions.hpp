// The functions of range vectors: rate, avg_over_time and the like. Private to core/promql.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "core/promql/evaluate.hpp"

namespace scalehook::promql {

// What a function sees of one series.
struct Window {
  std::span<const Sample> samples;  // never empty
  Time begin{};
  Time end{};
  Time now{};          // of the evaluation; with an offset it is not the end
  double parameter{};  // of quantile_over_time and predict_linear
};

// Nothing: the series has no value, as a rate of one sample.
using RangeFunction = std::optional<double> (*)(const Window&);

// Null for what is none, and for absent_over_time, which needs to see no samples too.
RangeFunction range_function(std::string_view name);

}  // namespace scalehook::promql
