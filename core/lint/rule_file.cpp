#include "core/lint/rule_file.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "core/config/duration.hpp"
#include "core/config/value.hpp"

namespace scalehook::lint {
namespace {

using config::Value;
using config::YamlNode;

constexpr const char* shape =
    "Write it as groups: [{name: …, rules: [{alert: …, expr: …, labels: {…}}]}]";

// Any scalar as it is written; nothing is the empty text.
bool read_scalar(const Value& value, std::string& to) {
  const YamlNode& node = value.node();
  if (node.kind == YamlNode::Kind::sequence || node.kind == YamlNode::Kind::mapping) {
    value.mistake("must be a text, not a list or a mapping");
    return false;
  }
  to = node.text;
  return true;
}

std::optional<Duration> read_duration(const Value& value) {
  Duration duration{.text = {}, .length = {}, .place = value.node().place};
  if (!read_scalar(value, duration.text) || duration.text.empty()) return std::nullopt;
  const auto length = config::parse_milliseconds(duration.text);
  if (!length) {
    value.mistake(fmt::format("\"{}\" {}", duration.text, length.error()));
    return std::nullopt;
  }
  duration.length = *length;
  return duration;
}

std::vector<Entry> read_entries(const Value& value) {
  std::vector<Entry> entries;
  if (value.node().kind == YamlNode::Kind::null) return entries;
  const bool is_mapping = value.members([&](const std::string& name, const Value& entry) {
    Entry read{.name = name, .place = {}, .value = {}, .value_place = entry.node().place};
    if (read_scalar(entry, read.value)) entries.push_back(std::move(read));
  });
  if (!is_mapping) return entries;
  for (Entry& entry : entries) {
    for (const YamlNode::Member& member : value.node().members) {
      if (member.key == entry.name) entry.place = member.place;
    }
  }
  return entries;
}

void read_rule(const Value& value, const std::optional<Duration>& interval, RuleFile& file) {
  AlertRule alert;
  alert.interval = interval;
  bool read_name = false;
  const bool is_mapping = value.members([&](const std::string& key, const Value& field) {
    if (key == "alert") {
      alert.place = field.node().place;
      read_name = read_scalar(field, alert.name);
    } else if (key == "expr") {
      alert.expr_place = field.node().place;
      read_scalar(field, alert.expr);
    } else if (key == "for") {
      alert.held_for = read_duration(field);
    } else if (key == "labels") {
      alert.labels = read_entries(field);
    } else if (key == "annotations") {
      alert.annotations = read_entries(field);
    }
  });
  if (!is_mapping) return;
  const bool is_alert = value.has("alert");
  if (is_alert == value.has("record")) {
    value.mistake(is_alert ? "has both \"alert\" and \"record\"; make two rules of it"
                           : "has neither \"alert\" nor \"record\"; give the rule one of them");
  } else if (!value.has("expr")) {
    value.mistake("key \"expr\" is missing");
  } else if (is_alert && read_name) {
    file.alerts.push_back(std::move(alert));
  }
}

void read_group(const Value& value, RuleFile& file) {
  std::optional<Duration> interval;
  std::optional<Value> rules;
  const bool is_mapping = value.members([&](const std::string& key, const Value& field) {
    if (key == "interval") interval = read_duration(field);
    if (key == "rules") rules = field;
  });
  if (!is_mapping) return;
  if (!value.has("name")) value.mistake("key \"name\" is missing");
  if (interval && interval->length.count() == 0) interval.reset();  // the global one
  if (!rules || rules->node().kind == YamlNode::Kind::null) return;
  rules->sequence([&](const Value& rule) { read_rule(rule, interval, file); });
}

// What else the file may be, and what to do then.
std::string other_kind(const Value& root) {
  if (root.node().kind != YamlNode::Kind::mapping) return shape;
  if (root.has("rule_files") || root.has("scrape_configs")) {
    return "This is Prometheus's configuration: check the files that its rule_files name";
  }
  if (root.has("route") || root.has("receivers")) {
    return "This is Alertmanager's configuration: check it with amtool check-config";
  }
  if (root.has("scalers") || root.has("rules") || root.has("defaults")) {
    return "If this is scalehook's configuration, check it with scalehook check-config";
  }
  return shape;
}

bool is_prometheus_rule(const Value& root) {
  return root.has("kind") && root.at("kind").node().text == "PrometheusRule" && root.has("spec");
}

void read_root(const Value& root, RuleFile& file) {
  const YamlNode& node = root.node();
  if (node.kind == YamlNode::Kind::null) return;
  if (is_prometheus_rule(root)) return read_root(root.at("spec"), file);
  if (!root.has("groups")) {
    file.findings.push_back({node.place, Severity::error, "no-rule-file",
                             "This is no rule file: it has no \"groups\"", other_kind(root)});
    return;
  }
  const Value groups = root.at("groups");
  if (groups.node().kind == YamlNode::Kind::null) return;
  groups.sequence([&](const Value& group) { read_group(group, file); });
}

std::string capitalized(std::string text) {
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  return text;
}

// A mistake says what to do behind its semicolon, if it says so.
Finding to_finding(const config::Mistake& mistake) {
  Finding finding{.place = mistake.place,
                  .severity = Severity::error,
                  .code = mistake.pointer.empty() ? "yaml" : "shape",
                  .message = mistake.message,
                  .remedy = {}};
  const auto semicolon = finding.message.rfind("; ");
  if (semicolon != std::string::npos) {
    finding.remedy = finding.message.substr(semicolon + 2);
    finding.message.resize(semicolon);
    finding.remedy = capitalized(finding.remedy);
  } else {
    finding.remedy = mistake.pointer.empty() ? "Put the YAML right" : shape;
  }
  finding.message = mistake.pointer.empty() ? capitalized(finding.message)
                                            : mistake.pointer + " " + finding.message;
  return finding;
}

}  // namespace

const Entry* find(const std::vector<Entry>& entries, std::string_view name) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.name == name && !entry.value.empty();
  });
  return found == entries.end() ? nullptr : &*found;
}

RuleFile read_rule_file(std::string_view text) {
  RuleFile file;
  std::vector<config::Mistake> mistakes;
  const YamlNode root = config::parse_yaml(text, mistakes);
  read_root(Value(root, "", mistakes), file);
  for (const config::Mistake& mistake : mistakes) file.findings.push_back(to_finding(mistake));
  return file;
}

}  // namespace scalehook::lint
