#include "core/promql/measure.hpp"

#include <fmt/format.h>

#include <cmath>
#include <variant>

#include "core/promql/binary.hpp"
#include "core/promql/expression.hpp"
#include "core/promql/functions.hpp"
#include "core/promql/kind.hpp"
#include "core/promql/names.hpp"

namespace scalehook::promql {
namespace {

// What can be calculated of literals.
std::optional<double> constant_of(const Expression& expression) {
  if (const auto* const number = expression->as<Number>()) return number->value;
  if (const auto* const one = expression->as<Signed>()) {
    const auto value = constant_of(one->operand);
    if (!value) return std::nullopt;
    return one->minus ? -*value : *value;
  }
  const auto* const binary = expression->as<Binary>();
  if (binary == nullptr || is_comparison(binary->op) || is_set(binary->op)) return std::nullopt;
  const auto left = constant_of(binary->left);
  const auto right = constant_of(binary->right);
  if (!left || !right) return std::nullopt;
  return calculate(binary->op, *left, *right);
}

// Of "and" and "unless" the left side.
Expression without_conditions(Expression expression) {
  for (;;) {
    const auto* const binary = expression->as<Binary>();
    const bool has_left = binary != nullptr && (binary->op == Operator::conjunction ||
                                                binary->op == Operator::complement);
    if (!has_left) return expression;
    expression = Expression{binary->left};
  }
}

bool is_range(const Expression& side) {
  const auto* const binary = side->as<Binary>();
  return binary != nullptr && is_comparison(binary->op);
}

Operator flipped(Operator op) {
  switch (op) {
    case Operator::greater:
      return Operator::less;
    case Operator::less:
      return Operator::greater;
    case Operator::greater_equal:
      return Operator::less_equal;
    case Operator::less_equal:
      return Operator::greater_equal;
    default:
      return op;
  }
}

struct Comparison {
  Expression measure;
  double limit{};
};

// Or why there is none.
std::variant<Comparison, std::string> comparison_of(std::string_view condition) {
  const auto read_condition = read(condition);
  if (!read_condition) return "it cannot be read: " + read_condition.error();
  const Expression whole = without_conditions(*read_condition);
  const auto* const binary = whole->as<Binary>();
  if (binary == nullptr || (!is_comparison(binary->op) && !is_set(binary->op))) {
    return std::string{"it compares nothing"};
  }
  if (binary->op == Operator::disjunction) {
    return std::string{"it is one of two conditions, joined by or"};
  }
  if (binary->returns_bool) return std::string{"it is compared by bool"};
  const auto right = constant_of(binary->right);
  const auto left = constant_of(binary->left);
  if (left.has_value() == right.has_value()) return std::string{"it is compared with a series"};
  const Operator op = right ? binary->op : flipped(binary->op);
  const Expression& measure = right ? binary->left : binary->right;
  const double limit = right ? *right : *left;
  if (is_range(measure)) return std::string{"it is compared twice"};
  if (op != Operator::greater && op != Operator::greater_equal) {
    return fmt::format("it is compared by {}", name_of(op));
  }
  if (!(limit > 0) || std::isinf(limit)) {
    return std::string{"it is compared with no positive number"};
  }
  return Comparison{measure, limit};
}

// What is compared, by whatever and with whatever; of a range the innermost.
std::optional<Expression> compared(std::string_view text) {
  const auto whole = read(text);
  if (!whole) return std::nullopt;
  Expression expression = without_conditions(*whole);
  for (;;) {
    const auto* const binary = expression->as<Binary>();
    if (binary == nullptr || !is_comparison(binary->op)) return expression;
    expression = without_conditions(constant_of(binary->left) ? binary->right : binary->left);
  }
}

// Whether one of the sides of "or" is so.
bool is_any_side(const Expression& expression, bool (*is)(const Expression&)) {
  const auto* const binary = expression->as<Binary>();
  if (binary == nullptr || binary->op != Operator::disjunction) return is(expression);
  const auto side = [&](const Expression& one) {
    const auto measure = compared(to_text(one));
    return measure && is_any_side(*measure, is);
  };
  return side(binary->left) || side(binary->right);
}

bool is_time_of(const Expression& expression) {
  const Kind kind = kind_of(expression);
  return kind == Kind::latency ||
         (kind == Kind::quantile && any_selector(expression, is_time_of_histogram));
}

bool is_backlog_of(const Expression& expression) { return kind_of(expression) == Kind::backlog; }

bool is_compared(std::string_view text, bool (*is)(const Expression&)) {
  const auto measure = compared(text);
  return measure && is_any_side(*measure, is);
}

}  // namespace

std::optional<Threshold> threshold(std::string_view condition) {
  const auto found = comparison_of(condition);
  const auto* const comparison = std::get_if<Comparison>(&found);
  if (comparison == nullptr) return std::nullopt;
  return Threshold{to_text(comparison->measure), comparison->limit};
}

Measure measure_of(std::string_view condition) {
  const auto found = comparison_of(condition);
  if (const auto* const reason = std::get_if<std::string>(&found)) return {Load::other, *reason};
  const Kind kind = kind_of(std::get<Comparison>(found).measure);
  return {is_shared(kind) ? Load::shared : Load::other, std::string{to_text(kind)}};
}

bool is_latency(std::string_view expression) { return is_compared(expression, is_time_of); }

bool is_backlog(std::string_view expression) { return is_compared(expression, is_backlog_of); }

}  // namespace scalehook::promql
