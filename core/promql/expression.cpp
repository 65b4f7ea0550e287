#include "core/promql/expression.hpp"

#include <algorithm>

#include "core/promql/reader.hpp"

namespace scalehook::promql {
namespace {

void collect(const Expression& expression, std::vector<Selector>& result) {
  if (const auto* const selector = expression->as<Selector>()) {
    const std::string text = to_text(*selector);
    if (std::none_of(result.begin(), result.end(),
                     [&](const Selector& one) { return to_text(one) == text; })) {
      result.push_back({selector->matchers, {}, {}, {}});
    }
  }
  for (const Expression& child : children(expression)) collect(child, result);
}

}  // namespace

boost::system::result<Expression, std::string> parse(std::string_view text) {
  return Reader{text, true}.read();
}

boost::system::result<Expression, std::string> read(std::string_view text) {
  return Reader{text, false}.read();
}

std::vector<Selector> selectors(const Expression& expression) {
  std::vector<Selector> result;
  collect(expression, result);
  return result;
}

std::vector<std::string> metrics(const Expression& expression) {
  std::vector<std::string> result;
  for (const Selector& selector : selectors(expression)) {
    const std::string* const name = metric_of(selector);
    if (name != nullptr && std::find(result.begin(), result.end(), *name) == result.end()) {
      result.push_back(*name);
    }
  }
  return result;
}

}  // namespace scalehook::promql
