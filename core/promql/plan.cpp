#include "core/promql/plan.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <utility>

#include "core/promql/aggregate.hpp"
#include "core/promql/binary.hpp"
#include "core/promql/expression.hpp"
#include "core/promql/source.hpp"

namespace scalehook::promql {
namespace {

ScalarStep constant(double value) {
  return [value](Evaluation&) { return value; };
}

}  // namespace

ScalarStep Compiler::scalar(const Expression& expression) {
  if (const auto* const number = expression->as<Number>()) return constant(number->value);
  if (const auto* const one = expression->as<Signed>()) {
    if (!one->minus) return scalar(one->operand);
    return
        [operand = scalar(one->operand)](Evaluation& evaluation) { return -operand(evaluation); };
  }
  if (const auto* const binary = expression->as<Binary>()) {
    return [op = binary->op, left = scalar(binary->left),
            right = scalar(binary->right)](Evaluation& evaluation) {
      return calculate(op, left(evaluation), right(evaluation));
    };
  }
  const Call& call = *expression->as<Call>();
  if (call.function == "pi") return constant(std::numbers::pi);
  if (call.function == "time") {
    return [](Evaluation& evaluation) { return seconds_of(evaluation.now); };
  }
  return [operand = vector(call.arguments.front())](Evaluation& evaluation) {
    const Vector all = operand(evaluation);
    return all.size() == 1 ? all.front().value : std::numeric_limits<double>::quiet_NaN();
  };
}

VectorStep Compiler::vector(const Expression& expression) {
  if (!storage_.recorded.empty()) {
    if (auto recording = find_recording(to_text(expression), storage_, sets_)) {
      return [sources = *std::move(recording)](Evaluation& evaluation) {
        return latest(sources, Tell::value, evaluation);
      };
    }
  }
  if (const auto* const found = expression->as<Selector>()) return selector(*found);
  if (const auto* const one = expression->as<Signed>()) return negation(*one);
  if (const auto* const found = expression->as<Binary>()) return binary(expression, *found);
  if (const auto* const found = expression->as<Aggregation>()) {
    return aggregation(expression, *found);
  }
  return call(*expression->as<Call>());
}

VectorStep Compiler::selector(const Selector& selector) {
  return [sources = find_sources(selector, storage_, sets_)](Evaluation& evaluation) {
    return latest(sources, Tell::value, evaluation);
  };
}

VectorStep Compiler::negation(const Signed& one) {
  if (!one.minus) return vector(one.operand);
  return [operand = vector(one.operand)](Evaluation& evaluation) {
    Vector result = operand(evaluation);
    for (Point& point : result) point.value = -point.value;
    evaluation.drop_names(result);
    return result;
  };
}

VectorStep Compiler::binary(const Expression& expression, const Binary& binary) {
  const bool number_on_left = binary.left->type == Type::scalar;
  if (number_on_left || binary.right->type == Type::scalar) {
    return [expression, &binary, number_on_left,
            number = scalar(number_on_left ? binary.left : binary.right),
            operand = vector(number_on_left ? binary.right : binary.left)](Evaluation& evaluation) {
      return with_number(binary, operand(evaluation), number(evaluation), number_on_left,
                         evaluation);
    };
  }
  return [expression, &binary, left = vector(binary.left),
          right = vector(binary.right)](Evaluation& evaluation) {
    return combine(binary, left(evaluation), right(evaluation), evaluation);
  };
}

VectorStep Compiler::aggregation(const Expression& expression, const Aggregation& aggregation) {
  const bool has_number = aggregation.parameter && (*aggregation.parameter)->type == Type::scalar;
  return [expression, &aggregation,
          parameter = has_number ? scalar(*aggregation.parameter) : constant(0),
          operand = vector(aggregation.operand)](Evaluation& evaluation) {
    return aggregate(aggregation, parameter(evaluation), operand(evaluation), evaluation);
  };
}

}  // namespace scalehook::promql
