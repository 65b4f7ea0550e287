// Quantiles of values and of histograms. Private to core/promql.
#pragma once

#include <vector>

#include "core/promql/vector.hpp"

namespace scalehook::promql {

// Between two values it is interpolated; NaN of none. A quantile below 0 is -Inf, above 1 +Inf.
double quantile(double quantile, std::vector<double> values);

// histogram_quantile(): of the buckets, which are the points with a label `le`.
Vector histogram_quantile(double quantile, const Vector& buckets, Evaluation& evaluation);

}  // namespace scalehook::promql
