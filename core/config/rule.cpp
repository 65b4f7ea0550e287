#include <fmt/core.h>

#include <algorithm>

#include "core/config/sections.hpp"
#include "core/rules/template.hpp"

namespace scalehook::config {
namespace {

const std::vector<std::string> actions = {"scale-out", "scale-in", "scale-to", "hold"};

// A text that may hold ${label}. Gives whether it does, or nothing if it is at fault.
std::optional<bool> read_template(const Value& value, std::string& to) {
  std::string text;
  if (!value.text(text)) return std::nullopt;
  if (const auto fault = rules::check_template(text)) {
    value.mistake(*fault);
    return std::nullopt;
  }
  to = std::move(text);
  return to.find('$') != std::string::npos;
}

void read_matchers(const Value& value, std::vector<rules::Matcher>& to) {
  value.sequence([&](const Value& item) {
    std::string text;
    if (!item.text(text)) return;
    if (auto matcher = rules::Matcher::parse(text)) {
      to.push_back(std::move(*matcher));
    } else {
      item.mistake(matcher.error());
    }
  });
}

void read_target(const Value& value, const std::vector<std::string>& scalers, rules::Rule& to) {
  bool has_scaler = false;
  const bool is_mapping = value.members([&](const std::string& key, const Value& field) {
    if (key != "scaler") {
      if (std::string text; read_template(field, text)) to.target.emplace(key, std::move(text));
      return;
    }
    has_scaler = true;
    const auto is_template = read_template(field, to.scaler);
    if (is_template == false &&
        std::find(scalers.begin(), scalers.end(), to.scaler) == scalers.end()) {
      field.mistake(
          fmt::format("no scaler is called \"{}\"{}", to.scaler, suggestion(to.scaler, scalers)));
    }
  });
  if (is_mapping && !has_scaler) value.mistake("key \"scaler\" is missing");
}

void read_action(const Value& value, std::string& to) {
  const auto is_template = read_template(value, to);
  if (is_template != false || std::find(actions.begin(), actions.end(), to) != actions.end()) {
    return;
  }
  value.mistake(fmt::format("no action is called \"{}\"{}", to, suggestion(to, actions)));
}

}  // namespace

Rule read_rule(const Value& value, const Inherited& defaults,
               const std::vector<std::string>& scalers, const std::vector<std::string>& notifiers) {
  Inherited inherited = defaults;
  Rule rule;
  rules::Rule& selection = rule.selection;
  std::vector<Value::Key> keys = {
      {"name", [&](const Value& v) { v.name(selection.name); }, true},
      {"matchers", [&](const Value& v) { read_matchers(v, selection.matchers); }, true},
      {"target", [&](const Value& v) { read_target(v, scalers, selection); }, true},
      {"action", [&](const Value& v) { read_action(v, selection.action); }, true}};
  std::vector<Value::Key> shared = inherited_keys(inherited, notifiers);
  std::move(shared.begin(), shared.end(), std::back_inserter(keys));
  value.mapping(keys);
  // A `set` with a fault of its own is told of by that.
  const bool writes_set = value.has("policy") && value.at("policy").has("set");
  if (selection.action == "scale-to" && !writes_set &&
      !std::holds_alternative<scaling::Set>(inherited.behavior.policy)) {
    value.at("action").mistake(
        "scale-to needs a policy that says the count: write policy: {set: 5}, or {set: value} for "
        "the alert's value");
  }
  rule.behavior = paced(inherited);
  rule.behavior.rule = selection.name;
  rule.notify = std::move(inherited.notify);
  selection.ignore_labels = std::move(inherited.ignore_labels);
  selection.ignore_labels.insert("value");
  return rule;
}

}  // namespace scalehook::config
