// PromQL as text: what can be asked of a rule's expression. Pure; any thread. Strings, comments,
// braces, brackets and parentheses are respected; whether an expression is valid PromQL is for
// Prometheus to say.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scalehook::upstream {

// The expression in an alert's generatorURL ("http://host/graph?g0.expr=app_x+%3E+30&g0.tab=1").
// Nothing if there is none. Of the URL only the expression is ever used, never the host.
std::optional<std::string> from_generator_url(std::string_view url);

// The expression without its outermost comparison, so that it has a value, whatever the threshold
// says: "app_x > 30" and "30 < app_x" give "app_x"; of "x > 30 and on(job) y == 1" and of "unless"
// the left side counts. Parentheses around it all are taken off. An expression without a comparison
// is its own answer; one within a function, "count(x > 3)", stays. Nothing for "or", of which no
// side is the value, and for what has unbalanced brackets or an open string.
std::optional<std::string> without_comparison(std::string_view expression);

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

}  // namespace scalehook::upstream
