// From PromQL's text to its tree and back. Pure; any thread.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/promql/tree.hpp"

namespace scalehook::promql {

// An expression that evaluate() evaluates. It is read as Prometheus 2.42 reads it; what that
// refuses is refused too. On failure one sentence that says what is wrong and where, counted in
// bytes from 1: "a closing parenthesis is missing at character 7"; of PromQL that is not evaluated
// (subqueries, @, a few functions) what it is: "simulate does not evaluate subqueries: [5m:1m] at
// character 17".
boost::system::result<Expression, std::string> parse(std::string_view text);

// Any expression, whether it is evaluated or not. A function that is not known is taken to give an
// instant vector, whatever its arguments. It fails as parse() does.
boost::system::result<Expression, std::string> read(std::string_view text);

// PromQL that is read to the same tree. It is equal for expressions that differ only in blanks,
// comments, redundant parentheses, the case of keywords, how a number, a duration or a string is
// written, or the order of matchers and of grouping labels; `x` and `{__name__="x"}` are equal too.
std::string to_text(const Expression& expression);

// Of a selector without its range, offset and '@': x{a="b"}.
std::string to_text(const Selector& selector);

// Of its selectors, each once, in the order of their first place.
std::vector<Selector> selectors(const Expression& expression);
// The names of their metrics, each once; a selector that leaves the name open has none.
std::vector<std::string> metrics(const Expression& expression);

}  // namespace scalehook::promql
