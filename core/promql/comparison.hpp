// The comparison that an alerting rule's expression ends with, and what it compares. Pure; any
// thread. Strings, comments, brackets and precedences are respected; whether an expression is valid
// PromQL is for Prometheus to say.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scalehook::promql {

// The expression without its outermost comparison, so that it has a value, whatever the threshold
// says: "app_x > 30" and "30 < app_x" give "app_x"; of "x > 30 and on(job) y == 1" and of "unless"
// the left side counts. Parentheses around it all are taken off. An expression without a comparison
// is its own answer; one within a function, "count(x > 3)", stays. Nothing for "or", of which no
// side is the value, and for what has unbalanced brackets or an open string.
std::optional<std::string> without_comparison(std::string_view expression);

}  // namespace scalehook::promql
