#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/config/value.hpp"
#include "core/simulate/rule.hpp"

namespace scalehook::simulate {
namespace {

using config::Value;
using config::YamlNode;

bool is_mapping_with(const Value& value, std::string_view key) {
  return value.node().kind == YamlNode::Kind::mapping && value.has(key);
}

class Reader {
 public:
  Reader(const std::string& file, const std::vector<std::string>& names)
      : file_{file}, names_{names} {}

  std::vector<RuleGroup> read(const Value& root) {
    std::vector<RuleGroup> groups;
    if (!is_mapping_with(root, "groups")) {
      root.mistake("is no Prometheus rule file: key \"groups\" is missing");
      return groups;
    }
    root.at("groups").sequence([&](const Value& group) {
      if (is_mapping_with(group, "rules")) groups.push_back(read_group(group));
    });
    check_names(root);
    return groups;
  }

 private:
  RuleGroup read_group(const Value& value) {
    RuleGroup group;
    value.at("rules").sequence([&](const Value& rule) {
      if (is_mapping_with(rule, "alert")) {
        const std::string& name = rule.at("alert").node().text;
        if (std::find(found_.begin(), found_.end(), name) == found_.end()) found_.push_back(name);
        if (is_chosen(name)) group.rules.emplace_back(read_alert(rule, name));
      } else if (is_mapping_with(rule, "record")) {
        group.rules.emplace_back(read_recording(rule));
      }
    });
    // Of a group of which nothing is evaluated it does not matter.
    std::chrono::seconds interval{};
    if (!group.rules.empty() && value.has("interval") && value.at("interval").duration(interval) &&
        interval.count() > 0) {
      group.interval = interval;
    }
    return group;
  }

  AlertRule read_alert(const Value& value, const std::string& name) const {
    AlertRule rule;
    rule.name = name;
    if (!value.has("expr")) {
      value.mistake("key \"expr\" is missing");
    } else {
      const auto expression = value.at("expr");
      rule.place = place_of(expression);
      if (const auto fault = set_expression(rule, expression.node().text)) {
        expression.mistake(*fault + left_out);
      }
    }
    if (value.has("for")) value.at("for").duration(rule.pending);
    if (value.has("keep_firing_for")) value.at("keep_firing_for").duration(rule.keep_firing_for);
    read_texts(value, "labels", true, rule.labels);
    read_texts(value, "annotations", false, rule.annotations);
    return rule;
  }

  RecordingRule read_recording(const Value& value) const {
    RecordingRule rule;
    rule.name = value.at("record").node().text;
    rule.place = place_of(value);
    if (value.has("expr")) {
      rule.place = place_of(value.at("expr"));
      rule.expression = value.at("expr").node().text;
    }
    if (value.has("labels")) {
      value.at("labels").members([&](const std::string& name, const Value& text) {
        rule.labels[name] = text.node().text;
      });
    }
    return rule;
  }

  // What cannot be filled in is refused where it decides something, and else left as it is.
  static void read_texts(const Value& rule, const char* key, bool all_decide, alert::Labels& to) {
    if (!rule.has(key)) return;
    rule.at(key).members([&](const std::string& name, const Value& value) {
      to[name] = value.node().text;
      if ((all_decide || name == "value") && !expand(to[name], {}, 0)) {
        value.mistake(
            "of templates only {{ $value }} and {{ $labels.NAME }} are known to a simulation" +
            std::string{left_out});
      }
    });
  }

  bool is_chosen(const std::string& name) const {
    return names_.empty() || std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  void check_names(const Value& root) const {
    if (found_.empty()) return root.mistake("there is no alerting rule");
    for (const auto& name : names_) {
      if (std::find(found_.begin(), found_.end(), name) != found_.end()) continue;
      root.mistake(fmt::format("there is no alerting rule \"{}\"; there are: {}", name,
                               fmt::join(found_, ", ")));
    }
  }

  std::string place_of(const Value& value) const {
    return fmt::format("{}:{}:{}", file_, value.node().place.line, value.node().place.column);
  }

  static constexpr const char* left_out =
      "; --alert, repeated, says which alerts are played, and leaves the others out";

  const std::string& file_;
  const std::vector<std::string>& names_;
  std::vector<std::string> found_;  // the names of alerting rules, each once
};

}  // namespace

boost::system::result<std::vector<RuleGroup>, std::string> read_rules(
    std::string_view yaml, const std::string& file, const std::vector<std::string>& names) {
  std::vector<config::Mistake> mistakes;
  const auto tree = config::parse_yaml(yaml, mistakes);
  std::vector<RuleGroup> groups;
  if (mistakes.empty()) groups = Reader{file, names}.read(Value{tree, "", mistakes});
  if (mistakes.empty()) return groups;
  return {boost::system::in_place_error, config::to_text(file, mistakes)};
}

}  // namespace scalehook::simulate
