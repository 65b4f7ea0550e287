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
// is its own answer. Nothing for "or", of which no side is the value, and for what has unbalanced
// brackets or an open string.
std::optional<std::string> without_comparison(std::string_view expression);

// "timestamp(x)" of a plain selector x, a metric with or without matchers: when each of its series
// was last sampled, in seconds since the epoch on the scraping Prometheus's clock. Nothing for any
// other expression, of which timestamp() only gives the time of the evaluation.
std::optional<std::string> timestamp_of(std::string_view expression);

}  // namespace scalehook::upstream
