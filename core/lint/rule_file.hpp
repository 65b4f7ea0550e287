// A rule file's alerts, each thing with its place.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/lint/finding.hpp"

namespace scalehook::lint {

// A label or annotation.
struct Entry {
  std::string name;
  Place place;
  std::string value;
  Place value_place;
};

struct Duration {
  std::string text;
  std::chrono::milliseconds length{};
  Place place;
};

struct AlertRule {
  std::string name;
  Place place;  // of the name
  std::string expr;
  Place expr_place;
  std::optional<Duration> held_for;  // `for`
  std::optional<Duration> interval;  // the group's own
  std::vector<Entry> labels;
  std::vector<Entry> annotations;
};

struct RuleFile {
  std::vector<AlertRule> alerts;  // as far as they can be read, in the file's order
  std::vector<Finding> findings;  // what is no YAML and no rule file
};

// Null if there is none, or it is empty, which Prometheus takes for none.
const Entry* find(const std::vector<Entry>& entries, std::string_view name);

// Reads a rule file in YAML, or the `spec` of a PrometheusRule resource. Recording rules are
// skipped, and keys it does not know: those are promtool's business.
RuleFile read_rule_file(std::string_view text);

}  // namespace scalehook::lint
