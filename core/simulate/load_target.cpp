#include "core/simulate/load_target.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/rules/template.hpp"
#include "core/simulate/meaning.hpp"
#include "core/simulate/wording.hpp"

namespace scalehook::simulate {
namespace {

bool is_literal(std::string_view text) { return text.find("{{") == std::string_view::npos; }

// As Prometheus allows it: "k8s-scale" is none.
std::string label_name(const std::string& text) {
  std::string name;
  for (const char letter : text) {
    const bool fits = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                      letter == '_' || (!name.empty() && letter >= '0' && letter <= '9');
    name += fits ? letter : '_';
  }
  return name;
}

// The rule's labels that name the alert's target.
void add_labels(const rules::Rule& rule, const AlertRule& alert, const alert::Labels& all,
                alert::Labels& to) {
  const auto* scaler = &rule.scaler;
  const auto* fields = &rule.target;
  for (const auto& other : rule.alternatives) {
    if (!all.contains(other.label)) continue;
    scaler = &other.scaler;
    fields = &other.target;
    break;
  }
  const auto add_asked = [&](const std::string& text) {
    const auto asked = rules::placeholders(text);
    for (const auto& name : asked) {
      const auto label = alert.labels.find(name);
      if (label != alert.labels.end() && is_literal(label->second)) to.insert(*label);
    }
    return !asked.empty();
  };
  const bool names_scaler = !add_asked(*scaler);
  for (const auto& [field, text] : *fields) {
    if (add_asked(text)) continue;
    if (field == "namespace") to.emplace(field, text);
    if (field == "name" && names_scaler) to.emplace(label_name(*scaler), text);
  }
}

}  // namespace

boost::system::result<LoadTarget, std::string> load_target(const config::Config& config,
                                                           const std::vector<RuleGroup>& groups,
                                                           const alert::Labels& given) {
  LoadTarget found;
  found.labels = given;
  const auto alerts = alerts_of(groups);
  for (const auto* alert : alerts) {
    const auto meaning = meaning_of(config, *alert, given);
    if (meaning.rule == nullptr) continue;
    add_labels(meaning.rule->selection, *alert, labels_of(*alert, given, 0), found.labels);
  }
  std::string fault;
  bool scales_out = false;
  for (const auto* alert : alerts) {
    const auto meaning = meaning_of(config, *alert, found.labels);
    if (!meaning.target) {
      if (fault.empty() && meaning.rule != nullptr) fault = meaning.fault;
      continue;
    }
    if (found.alert != nullptr && found.target != *meaning.target) {
      return fmt::format(
          "alert \"{}\" is about {} and alert \"{}\" about {}, but --load is of one workload; "
          "--alert, repeated, says which alerts are played",
          found.alert->name, rules::to_text(found.target), alert->name,
          rules::to_text(*meaning.target));
    }
    found.target = *meaning.target;
    if (found.alert != nullptr && (scales_out || meaning.action != "scale-out")) continue;
    scales_out = meaning.action == "scale-out";
    found.alert = alert;
    found.rule = meaning.rule;
  }
  if (found.alert != nullptr) return found;
  if (fault.empty()) {
    fault = fmt::format("no rule of the configuration takes up an alert with the labels {}",
                        labels_text(labels_of(*alerts.front(), found.labels, 0)));
  }
  return fmt::format("--load: {}; say with --label NAME=VALUE what is missing", fault);
}

}  // namespace scalehook::simulate
