#include "core/simulate/rule.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "core/promql/comparison.hpp"
#include "core/promql/expression.hpp"
#include "core/simulate/trace.hpp"

namespace scalehook::simulate {
namespace {

using Operator = Comparison::Operator;

// Longer ones first: ">=" is not ">".
constexpr std::array<std::pair<std::string_view, Operator>, 6> operators{{
    {">=", Operator::at_least},
    {"<=", Operator::at_most},
    {"==", Operator::equal},
    {"!=", Operator::unequal},
    {">", Operator::above},
    {"<", Operator::below},
}};

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// As Go prints a float64: 35, 0.5, 4e+06.
std::string go_number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                          std::chars_format::general);
  return {buffer.data(), end};
}

}  // namespace

bool Comparison::holds(double value) const {
  switch (how) {
    case Operator::above:
      return value > threshold;
    case Operator::at_least:
      return value >= threshold;
    case Operator::below:
      return value < threshold;
    case Operator::at_most:
      return value <= threshold;
    case Operator::equal:
      return value == threshold;
    case Operator::unequal:
      return value != threshold && !std::isnan(value);
  }
  return false;
}

std::string to_text(const Comparison& comparison) {
  for (const auto& [sign, how] : operators) {
    if (how == comparison.how) return std::string{sign} + " " + go_number(comparison.threshold);
  }
  return {};
}

std::optional<Comparison> parse_comparison(std::string_view text) {
  text = trim(text);
  for (const auto& [sign, how] : operators) {
    if (!text.starts_with(sign)) continue;
    Comparison comparison{how, 0};
    if (!parse_sample(trim(text.substr(sign.size())), comparison.threshold)) return std::nullopt;
    return comparison;
  }
  return std::nullopt;
}

std::optional<std::string> set_expression(AlertRule& rule, std::string_view expression) {
  const auto parsed = promql::parse(expression);
  if (!parsed) return parsed.error();
  rule.expression = promql::to_text(*parsed);
  rule.measure.clear();
  rule.comparison.reset();
  const auto measure = promql::without_comparison(rule.expression);
  if (!measure || *measure == rule.expression) return std::nullopt;
  // A part of what can be evaluated can be too.
  rule.measure = promql::to_text(*promql::parse(*measure));
  rule.comparison = parse_comparison(promql::threshold_of(rule.expression).value_or(""));
  return std::nullopt;
}

std::vector<const AlertRule*> alerts_of(const std::vector<RuleGroup>& groups) {
  std::vector<const AlertRule*> alerts;
  for (const auto& group : groups) {
    for (const auto& rule : group.rules) {
      if (const auto* alert = std::get_if<AlertRule>(&rule)) alerts.push_back(alert);
    }
  }
  return alerts;
}

std::optional<std::string> expand(std::string_view text, const alert::Labels& labels,
                                  double value) {
  std::string expanded;
  while (true) {
    const auto begin = text.find("{{");
    expanded += text.substr(0, begin);
    if (begin == std::string_view::npos) return expanded;
    const auto end = text.find("}}", begin);
    if (end == std::string_view::npos) return std::nullopt;
    auto inside = trim(text.substr(begin + 2, end - begin - 2));
    text.remove_prefix(end + 2);
    if (inside == "$value" || inside == ".Value") {
      expanded += go_number(value);
      continue;
    }
    if (!inside.starts_with("$labels.") && !inside.starts_with(".Labels.")) return std::nullopt;
    inside.remove_prefix(8);
    constexpr std::string_view name =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (inside.find_first_not_of(name) != std::string_view::npos) return std::nullopt;
    if (const auto label = labels.find(inside); label != labels.end()) expanded += label->second;
  }
}

}  // namespace scalehook::simulate
