// From a tree to PromQL.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "core/promql/expression.hpp"
#include "core/promql/functions.hpp"
#include "core/promql/literal.hpp"
#include "core/promql/tokens.hpp"

namespace scalehook::promql {
namespace {

Level level_of(Operator op) {
  if (is_comparison(op)) return Level::comparison;
  switch (op) {
    case Operator::disjunction:
      return Level::disjunction;
    case Operator::conjunction:
    case Operator::complement:
      return Level::conjunction;
    case Operator::add:
    case Operator::subtract:
      return Level::sum;
    case Operator::power:
      return Level::power;
    default:
      return Level::product;
  }
}

// How tightly an expression holds together; `none` if nothing can tear it apart.
Level level_of(const Expression& expression) {
  if (const auto* const binary = expression->as<Binary>()) return level_of(binary->op);
  if (expression->as<Signed>()) return Level::product;
  const auto* const number = expression->as<Number>();
  return number && number_text(number->value).starts_with('-') ? Level::product : Level::none;
}

std::string enclosed(const Expression& expression) {
  return fmt::format("({})", to_text(expression));
}

// Parentheses also where the operand is as loose as its operator, if `even_same`.
std::string operand_text(const Expression& expression, Level around, bool even_same) {
  const Level own = level_of(expression);
  const bool loose = own != Level::none && (own < around || (even_same && own == around));
  return loose ? enclosed(expression) : to_text(expression);
}

// On the right side of an operator a sign holds to what follows: a ^ -b.
std::string right_text(const Binary& binary, Level own) {
  const bool is_signed = level_of(binary.right) == Level::product && !binary.right->as<Binary>();
  return is_signed ? to_text(binary.right) : operand_text(binary.right, own, own != Level::power);
}

// The metric's name, if it can stand before the braces.
const std::string* name_before_brace(const Selector& selector) {
  constexpr std::string_view keywords[] = {
      "and", "atan2", "bool",   "by", "end", "group_left", "group_right", "ignoring",
      "inf", "nan",   "offset", "on", "or",  "start",      "unless",      "without"};
  const std::string* const name = metric_of(selector);
  if (name == nullptr || !is_metric_name(*name)) return nullptr;
  const std::string word = lower_case(*name);
  const bool is_keyword =
      is_aggregation(word) ||
      std::find(std::begin(keywords), std::end(keywords), word) != std::end(keywords);
  const auto names = std::count_if(selector.matchers.begin(), selector.matchers.end(),
                                   [](const Matcher& one) { return one.label == "__name__"; });
  return is_keyword || names > 1 ? nullptr : name;
}

std::string list(const std::vector<std::string>& names) {
  return fmt::format("({})", fmt::join(names, ", "));
}

std::string matching_text(const Matching& matching) {
  const bool is_grouped = matching.group != Matching::Group::none;
  std::string result;
  if (matching.on || !matching.labels.empty() || is_grouped) {
    result = (matching.on ? "on " : "ignoring ") + list(matching.labels) + " ";
  }
  if (is_grouped) {
    const bool left = matching.group == Matching::Group::left;
    result += (left ? "group_left " : "group_right ") + list(matching.include) + " ";
  }
  return result;
}

std::string behind(std::chrono::milliseconds offset, const std::string& at) {
  std::string result;
  if (!at.empty()) result += " @ " + at;
  if (offset.count() != 0) result += " offset " + duration_text(offset);
  return result;
}

struct TextOf {
  std::string operator()(const Number& number) const { return number_text(number.value); }
  std::string operator()(const Text& text) const { return quoted(text.value); }

  std::string operator()(const Selector& selector) const {
    std::string result = to_text(selector);
    if (selector.range.count() != 0) result += "[" + duration_text(selector.range) + "]";
    return result + behind(selector.offset, selector.at);
  }

  std::string operator()(const Subquery& subquery) const {
    const bool is_loose = level_of(subquery.operand) != Level::none;
    return fmt::format("{}[{}:{}]{}",
                       is_loose ? enclosed(subquery.operand) : to_text(subquery.operand),
                       duration_text(subquery.range),
                       subquery.step.count() == 0 ? "" : duration_text(subquery.step),
                       behind(subquery.offset, subquery.at));
  }

  std::string operator()(const Signed& one) const {
    return (one.minus ? "-" : "+") + operand_text(one.operand, Level::product, true);
  }

  std::string operator()(const Binary& binary) const {
    const Level own = level_of(binary.op);
    return fmt::format("{} {}{} {}{}", operand_text(binary.left, own, own == Level::power),
                       name_of(binary.op), binary.returns_bool ? " bool" : "",
                       matching_text(binary.matching), right_text(binary, own));
  }

  std::string operator()(const Aggregation& one) const {
    std::string result = one.name;
    if (one.without || !one.labels.empty()) {
      result += (one.without ? " without " : " by ") + list(one.labels) + " ";
    }
    result += "(";
    if (one.parameter) result += to_text(*one.parameter) + ", ";
    return result + to_text(one.operand) + ")";
  }

  std::string operator()(const Call& call) const {
    std::string result = call.function + "(";
    for (const Expression& argument : call.arguments) {
      if (&argument != &call.arguments.front()) result += ", ";
      result += to_text(argument);
    }
    return result + ")";
  }
};

}  // namespace

std::string to_text(const Expression& expression) { return std::visit(TextOf{}, expression->what); }

std::string to_text(const Selector& selector) {
  constexpr std::string_view signs[] = {"=", "!=", "=~", "!~"};
  const std::string* const metric = name_before_brace(selector);
  std::string matchers;
  for (const Matcher& matcher : selector.matchers) {
    if (metric == &matcher.value) continue;
    if (!matchers.empty()) matchers += ",";
    matchers += fmt::format("{}{}{}", matcher.label, signs[static_cast<std::size_t>(matcher.kind)],
                            quoted(matcher.value));
  }
  std::string result{metric == nullptr ? "" : *metric};
  if (metric == nullptr || !matchers.empty()) result += "{" + matchers + "}";
  return result;
}

}  // namespace scalehook::promql
