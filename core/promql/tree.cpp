#include "core/promql/tree.hpp"

#include <algorithm>

namespace scalehook::promql {
namespace {

struct Children {
  std::vector<Expression> operator()(const Number&) const { return {}; }
  std::vector<Expression> operator()(const Text&) const { return {}; }
  std::vector<Expression> operator()(const Selector&) const { return {}; }
  std::vector<Expression> operator()(const Subquery& one) const { return {one.operand}; }
  std::vector<Expression> operator()(const Signed& one) const { return {one.operand}; }
  std::vector<Expression> operator()(const Binary& one) const { return {one.left, one.right}; }
  std::vector<Expression> operator()(const Aggregation& one) const {
    if (!one.parameter) return {one.operand};
    return {*one.parameter, one.operand};
  }
  std::vector<Expression> operator()(const Call& one) const { return one.arguments; }
};

}  // namespace

bool is_comparison(Operator one) { return one >= Operator::equal && one <= Operator::less_equal; }

bool is_set(Operator one) { return one >= Operator::conjunction; }

std::vector<Expression> children(const Expression& expression) {
  return std::visit(Children{}, expression->what);
}

const std::string* metric_of(const Selector& selector) {
  const auto found =
      std::find_if(selector.matchers.begin(), selector.matchers.end(), [](const Matcher& matcher) {
        return matcher.label == "__name__" && matcher.kind == Matcher::Kind::equal;
      });
  return found == selector.matchers.end() ? nullptr : &found->value;
}

}  // namespace scalehook::promql
