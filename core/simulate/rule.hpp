// A Prometheus alerting rule, as far as a recorded metric needs it.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

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
  Comparison comparison;
  std::chrono::seconds pending{0};  // `for`
  std::chrono::seconds keep_firing_for{0};
  std::optional<std::chrono::seconds> interval;  // of evaluation, if the group says one
  alert::Labels labels;                          // both with their templates
  alert::Labels annotations;
};

// The rule of that name of a Prometheus rule file; with an empty name the only alerting rule there
// is. On failure lines of "FILE:LINE:COLUMN: MESSAGE". What Prometheus would refuse and is not
// needed here is not looked at.
boost::system::result<AlertRule, std::string> read_rule(std::string_view yaml,
                                                        const std::string& file,
                                                        const std::string& name);

// Puts the value and the metric's labels in: {{ $value }} and {{ $labels.NAME }}, which is empty
// where there is none, are known. None if the text holds anything else in braces.
std::optional<std::string> expand(std::string_view text, const alert::Labels& labels, double value);

}  // namespace scalehook::simulate
