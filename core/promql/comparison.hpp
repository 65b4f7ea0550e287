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

// What the expression's value is held against: "> 30" of "app_x > 30", "(app_x > +30)" and
// "30 < app_x" alike, the number as it is written there. Nothing unless one comparison of
// something with a number is all there is outside of brackets: a range ("0 < x < 9"), "x > y",
// "x > 2 * 15" and "x > 30 and y" have none. Nor has "x > bool 30": its alert fires whether it
// holds or not, so that the number decides nothing.
std::optional<std::string> threshold_of(std::string_view expression);

}  // namespace scalehook::promql
