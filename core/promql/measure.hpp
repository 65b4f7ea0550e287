// The kind of measure that an alert's condition compares. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scalehook::promql {

// The measure that a condition compares with a positive constant by > or >=.
struct Threshold {
  std::string measure;  // PromQL
  double limit{};       // finite and positive
};

// Of "sum(x) / count(up) > 2 * 15", "30 < sum(x) / count(up)" and
// "sum(x) / count(up) > 30 and on () y": "sum(x) / count(up)" and 30. Of "and" and "unless" the
// left side counts. Constants are what can be calculated of literals. Nothing for any other
// comparison, `> bool`, "or", a range ("0 < x < 9"), and what is no PromQL.
std::optional<Threshold> threshold(std::string_view condition);

enum class Load {
  // More replicas lower it in proportion: of what 2 replicas carry at 90, 3 carry 60 each.
  shared,
  other
};

struct Measure {
  Load load{};
  std::string because;  // a clause in English: "it is an average over replicas"
};

// Shared is a measure that threshold() finds and that is an average over replicas, a division by
// their number, or a utilisation. All else is `other`, above all quantiles, seconds, backlogs,
// error ratios, totals, and whatever the names do not tell. A guess by names and shape: a rule says
// it itself with `load`.
Measure measure_of(std::string_view condition);

// Whether the measure is a time that something took, or waited: a quantile of seconds, a sum of
// seconds by its count, a name like request_latency. Of an expression with or without its
// comparison.
bool is_latency(std::string_view expression);

// Whether the measure is an amount of work that waits: the depth of a queue, a consumer's lag.
bool is_backlog(std::string_view expression);

}  // namespace scalehook::promql
