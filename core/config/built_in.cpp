#include <algorithm>

#include "core/config/sections.hpp"

namespace scalehook::config {

Rule from_labels(const Inherited& defaults) {
  const auto target = [](const char* name) {
    return std::map<std::string, std::string, std::less<>>{{"namespace", "${namespace}"},
                                                           {"name", name}};
  };
  Rule rule;
  rule.selection.name = "from-labels";
  rule.selection.matchers.push_back(*rules::Matcher::parse("trigger=\"hpa\""));
  rule.selection.scaler = "deployment";
  rule.selection.target = target("${deployment}");
  rule.selection.alternatives.push_back(
      {.label = "statefulset", .scaler = "statefulset", .target = target("${statefulset}")});
  rule.selection.action = "${action}";
  rule.selection.ignore_labels = defaults.ignore_labels;
  rule.selection.ignore_labels.insert("value");
  rule.behavior = paced(defaults);
  rule.behavior.rule = rule.selection.name;
  rule.notify = defaults.notify;
  return rule;
}

const Rule* find_rule(const Config& config, std::string_view name) {
  const auto found = std::find_if(config.rules.begin(), config.rules.end(),
                                  [&](const Rule& rule) { return rule.selection.name == name; });
  return found == config.rules.end() ? nullptr : &*found;
}

Config built_in() {
  Config config;
  config.scalers = {
      {.name = "deployment", .plugin = "k8s-deployment", .settings = {}, .events = {}},
      {.name = "statefulset", .plugin = "k8s-statefulset", .settings = {}, .events = {}}};
  config.notifiers = {{.name = "log", .plugin = "log", .settings = {}, .events = {}}};
  Inherited defaults;
  defaults.notify = {"log"};
  config.rules = {from_labels(defaults)};
  return config;
}

}  // namespace scalehook::config
