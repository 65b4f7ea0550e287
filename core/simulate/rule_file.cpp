#include <fmt/format.h>

#include "core/config/value.hpp"
#include "core/promql/comparison.hpp"
#include "core/simulate/rule.hpp"

namespace scalehook::simulate {
namespace {

using config::Value;
using config::YamlNode;

// An alerting rule of the file, and the group it stands in.
struct Found {
  Value group;
  Value rule;
  std::string name;
};

std::vector<Found> find_rules(const Value& root) {
  std::vector<Found> found;
  if (root.node().kind != YamlNode::Kind::mapping || !root.has("groups")) {
    root.mistake("is no Prometheus rule file: key \"groups\" is missing");
    return found;
  }
  root.at("groups").sequence([&](const Value& group) {
    if (group.node().kind != YamlNode::Kind::mapping || !group.has("rules")) return;
    group.at("rules").sequence([&](const Value& rule) {
      if (rule.node().kind != YamlNode::Kind::mapping || !rule.has("alert")) return;
      found.push_back({group, rule, rule.at("alert").node().text});
    });
  });
  return found;
}

// What cannot be filled in is refused where it decides something, and else left as it is.
void read_texts(const Value& rule, const char* key, bool all_decide, alert::Labels& to) {
  if (!rule.has(key)) return;
  rule.at(key).members([&](const std::string& name, const Value& value) {
    to[name] = value.node().text;
    if ((all_decide || name == "value") && !expand(to[name], {}, 0)) {
      value.mistake(
          "of templates only {{ $value }} and {{ $labels.NAME }} are known to a simulation");
    }
  });
}

AlertRule read(const Found& found) {
  AlertRule rule;
  rule.name = found.name;
  if (!found.rule.has("expr")) {
    found.rule.mistake("key \"expr\" is missing");
  } else if (const auto comparison = parse_comparison(
                 promql::threshold_of(found.rule.at("expr").node().text).value_or(""))) {
    rule.comparison = *comparison;
  } else {
    found.rule.at("expr").mistake(
        "is no comparison of a metric with a number, such as \"> 30\"; say it with --threshold, "
        "without --rules.file");
  }
  if (found.rule.has("for")) found.rule.at("for").duration(rule.pending);
  if (found.rule.has("keep_firing_for")) {
    found.rule.at("keep_firing_for").duration(rule.keep_firing_for);
  }
  if (found.group.has("interval")) {
    std::chrono::seconds interval{};
    const auto value = found.group.at("interval");
    if (value.duration(interval) && interval.count() > 0) rule.interval = interval;
  }
  read_texts(found.rule, "labels", true, rule.labels);
  read_texts(found.rule, "annotations", false, rule.annotations);
  return rule;
}

AlertRule choose(const Value& root, const std::string& name) {
  const auto all = find_rules(root);
  const Found* chosen = nullptr;
  std::string names;
  std::size_t fitting = 0;
  for (const auto& found : all) {
    names += (names.empty() ? "" : ", ") + found.name;
    if (!name.empty() && found.name != name) continue;
    if (fitting++ == 0) chosen = &found;
  }
  if (fitting == 1) return read(*chosen);
  if (all.empty()) {
    root.mistake("there is no alerting rule");
  } else if (fitting == 0) {
    root.mistake(fmt::format("there is no alerting rule \"{}\"; there are: {}", name, names));
  } else if (name.empty()) {
    root.mistake("there are several alerting rules, say which with --alert: " + names);
  } else {
    root.mistake(fmt::format("there are {} alerting rules \"{}\"", fitting, name));
  }
  return {};
}

}  // namespace

boost::system::result<AlertRule, std::string> read_rule(std::string_view yaml,
                                                        const std::string& file,
                                                        const std::string& name) {
  std::vector<config::Mistake> mistakes;
  const auto tree = config::parse_yaml(yaml, mistakes);
  AlertRule rule;
  if (mistakes.empty()) rule = choose(Value{tree, "", mistakes}, name);
  if (mistakes.empty()) return rule;
  return {boost::system::in_place_error, config::to_text(file, mistakes)};
}

}  // namespace scalehook::simulate
