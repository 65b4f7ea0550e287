// The rules that Prometheus evaluates.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/alert/alert.hpp"

namespace scalehook::simulate {

// "> 30": what a metric is held against.
struct Comparison {
  enum class Operator { above, at_least, below, at_most, equal, unequal };
  Operator how = Operator::above;
  double threshold{};

  // False for NaN, which is no value at all here.
  bool holds(double value) const;
};

std::string to_text(const Comparison& comparison);

// "> 30". None if it is not one.
std::optional<Comparison> parse_comparison(std::string_view text);

struct AlertRule {
  std::string name = "Simulated";
  std::string expression;  // PromQL that promql::parse takes; see set_expression
  // What is held against something: the expression without its comparison; empty if it has none.
  std::string measure;
  std::optional<Comparison> comparison;  // with a number, if that is all the expression does
  std::chrono::seconds pending{0};       // `for`
  std::chrono::seconds keep_firing_for{0};
  alert::Labels labels;  // both with their templates
  alert::Labels annotations;
  std::string place;  // "FILE:LINE:COLUMN" of the expression; empty if it stands in no file
};

// Sets the expression, and what follows from it. One sentence if promql::parse refuses it.
std::optional<std::string> set_expression(AlertRule& rule, std::string_view expression);

struct RecordingRule {
  std::string name;
  std::string expression;  // as it is written: whether it can be evaluated is asked when it is used
  alert::Labels labels;
  std::string place;
};

// What is evaluated at the same time, one after the other.
struct RuleGroup {
  std::optional<std::chrono::seconds> interval;  // > 0; none: the global one
  std::vector<std::variant<RecordingRule, AlertRule>> rules;
};

// A Prometheus rule file: all recording rules, and the alerting rules that have one of the names,
// or all of them without names; at least one. On failure lines of "FILE:LINE:COLUMN: MESSAGE". What
// Prometheus would refuse and is not needed here is not looked at.
boost::system::result<std::vector<RuleGroup>, std::string> read_rules(
    std::string_view yaml, const std::string& file, const std::vector<std::string>& names);

// The alerting rules, in their order.
std::vector<const AlertRule*> alerts_of(const std::vector<RuleGroup>& groups);

// Puts the value and the metric's labels in: {{ $value }} and {{ $labels.NAME }}, which is empty
// where there is none, are known. None if the text holds anything else in braces.
std::optional<std::string> expand(std::string_view text, const alert::Labels& labels, double value);

}  // namespace scalehook::simulate
