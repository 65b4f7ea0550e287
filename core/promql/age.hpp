// How old the samples behind an expression are. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scalehook::promql {

// A query for how old the samples behind an expression are: it has the expression's series, each
// with the age of its oldest sample in seconds, all by the clock of Prometheus; NaN if a metric in
// the expression has no sample now. For a plain selector it is "time() - timestamp(x)"; for others
// the oldest current sample of each metric in it counts. Nothing for what has no metric.
//
// The value of an expression does not say so itself. Measured on Prometheus 2.42:
// - The time of an instant query's samples is the time of the evaluation.
// - A failed scrape makes a selector's series vanish at once, but rate(x[5m]) and the like go on
//   answering for the whole of their range.
// - Prometheus restarted while its target is dead shows the last sample from before as current for
//   5 minutes, and there is no asking for less (lookback_delta is ignored).
// - A Prometheus that is stopped does not answer: that is a fault, not an empty vector.
//
// Not seen is an instance that is missing from a sum of several.
std::optional<std::string> age_of(std::string_view expression);

}  // namespace scalehook::promql
