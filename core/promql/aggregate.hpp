// sum, avg, topk and the like. Private to core/promql.
#pragma once

#include "core/promql/tree.hpp"
#include "core/promql/vector.hpp"

namespace scalehook::promql {

// `parameter` is that of topk, bottomk and quantile.
Vector aggregate(const Aggregation& aggregation, double parameter, const Vector& vector,
                 Evaluation& evaluation);

}  // namespace scalehook::promql
