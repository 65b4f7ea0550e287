#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "core/alert/value.hpp"
#include "core/config/nearest.hpp"
#include "core/lint/checks.hpp"
#include "core/rules/template.hpp"
#include "core/scaling/policy.hpp"

namespace scalehook::lint {
namespace {

// The label of the series that the template is made of and nothing else.
std::optional<std::string> copied_label(const Entry& entry) {
  static const RE2 copy{R"(\s*\{\{-?\s*(?:\$labels|\.Labels)\.(\w+)\s*-?\}\}\s*)"};
  std::string label;
  if (!RE2::FullMatch(entry.value, copy, &label)) return std::nullopt;
  return label;
}

const Entry* own(const AlertRule& alert, std::string_view name) {
  const Entry* label = find(alert.labels, name);
  return label != nullptr ? label : find(alert.annotations, name);
}

// Whether the alert will have it: of its own, or from its series.
Presence presence(const AlertRule& alert, const std::string& name, const Expression& series) {
  const Entry* entry = own(alert, name);
  if (entry == nullptr) return series.presence(name);
  const auto copied = copied_label(*entry);
  const bool empty = copied && series.presence(*copied) == Presence::gone;
  return empty ? Presence::gone : Presence::present;
}

// What a rule makes of the alert's labels.
class Needs {
 public:
  Needs(const AlertRule& alert, const Expression& series, const config::Rule& rule)
      : alert_{alert}, series_{series}, rule_{rule} {}

  std::vector<Finding> check() {
    const rules::Rule& selection = rule_.selection;
    const auto other = std::find_if(selection.alternatives.begin(), selection.alternatives.end(),
                                    [&](const auto& candidate) {
                                      return find(alert_.labels, candidate.label) != nullptr ||
                                             series_.presence(candidate.label) == Presence::present;
                                    });
    const bool has_other = other != selection.alternatives.end();
    check_target("scaler", has_other ? other->scaler : selection.scaler);
    for (const auto& [field, text] : has_other ? other->target : selection.target) {
      check_target(field, text);
    }
    check_action();
    return std::move(findings_);
  }

 private:
  void check_target(const std::string& field, const std::string& text) {
    for (const std::string& name : rules::placeholders(text)) {
      const Presence present = presence(alert_, name, series_);
      if (present == Presence::present || !told_.insert(name).second) continue;
      const Entry* entry = own(alert_, name);
      const std::string need =
          fmt::format("of which rule \"{}\" makes the target's {}", rule_.selection.name, field);
      const std::string label = labels_in_words(name);
      if (present == Presence::unknown) {
        add(alert_.place, Severity::warning, "target-label",
            fmt::format("Only the expression's series can bring the label {}, {}", label, need),
            "Unless they do, write it among the alert's labels");
      } else if (entry != nullptr) {
        add(entry->value_place, Severity::error, "target-label",
            fmt::format("The label \"{}\" will be empty, {}: the expression drops \"{}\"", name,
                        need, *copied_label(*entry)),
            fmt::format("Keep it in the expression, as with by ({}), or write the label's value",
                        *copied_label(*entry)));
      } else {
        add(alert_.place, Severity::error, "target-label",
            fmt::format("The alert does not have the label {}, {}, and its expression drops it",
                        label, need),
            fmt::format("Write it among the alert's labels, or keep it in the expression, as with "
                        "by ({})",
                        name));
      }
    }
  }

  // "deployment" (or "statefulset"), where either will do.
  std::string labels_in_words(const std::string& name) const {
    std::string words = "\"" + name + "\"";
    for (const auto& other : rule_.selection.alternatives) {
      const bool instead =
          std::none_of(other.target.begin(), other.target.end(), [&](const auto& field) {
            const auto names = rules::placeholders(field.second);
            return std::find(names.begin(), names.end(), name) != names.end();
          });
      if (instead) words += " (or \"" + other.label + "\")";
    }
    return words;
  }

  void check_action() {
    const std::string& text = rule_.selection.action;
    for (const std::string& name : rules::placeholders(text)) {
      const Entry* entry = own(alert_, name);
      if (entry == nullptr && series_.presence(name) == Presence::present) continue;
      if (entry == nullptr) {
        add(alert_.place, Severity::error, "missing-action",
            fmt::format("The alert does not have the label \"{}\", of which rule \"{}\" makes the "
                        "action",
                        name, rule_.selection.name),
            "Write it among the alert's labels: scale-out, scale-in, scale-to or hold");
      } else if (!is_template(*entry) && text == "${" + name + "}") {
        check_action_word(*entry);
      }
    }
  }

  void check_action_word(const Entry& entry) {
    const auto action = scaling::parse_action(entry.value);
    if (!action) {
      static const std::vector<std::string> known{"scale-out", "scale-in", "scale-to", "hold"};
      const std::string near = config::nearest(entry.value, known);
      add(entry.value_place, Severity::error, "unknown-action",
          fmt::format("No action is called \"{}\"", entry.value),
          near.empty() ? "Write scale-out, scale-in, scale-to or hold" : "Write " + near);
    } else if (*action == scaling::Action::scale_to &&
               !std::holds_alternative<scaling::Set>(rule_.behavior.policy)) {
      add(entry.value_place, Severity::error, "scale-to-without-set",
          fmt::format("The policy of rule \"{}\" says no count for scale-to", rule_.selection.name),
          "Give that rule policy: {set: value}, or a count");
    }
  }

  void add(Place place, Severity severity, const char* code, std::string message,
           std::string remedy) {
    findings_.push_back({place, severity, code, std::move(message), std::move(remedy)});
  }

  const AlertRule& alert_;
  const Expression& series_;
  const config::Rule& rule_;
  std::set<std::string> told_;
  std::vector<Finding> findings_;
};

// With a Prometheus to ask, such a rule finds the value without the alert's help.
bool is_asked_for(const config::Config& config) { return !config.prometheus_url.empty(); }

// Whether the text, once expanded, can be a number.
bool may_be_number(const Entry& entry) {
  if (!is_template(entry)) return alert::parse_value(entry.value).has_value();
  static const RE2 action{R"(\{\{.*?\}\})"};
  std::string around = entry.value;
  RE2::GlobalReplace(&around, action, "");
  return around.find_first_not_of("0123456789.+-eE") == std::string::npos &&
         entry.value.find("humanize") == std::string::npos;
}

void check_value(const Intent& intent, const config::Config& config,
                 std::vector<Finding>& findings) {
  const AlertRule& alert = intent.alert;
  const auto follows = [&](const config::Rule* rule) { return follows_value(*rule, alert); };
  const auto first = std::find_if(intent.rules.begin(), intent.rules.end(), follows);
  if (first == intent.rules.end()) return;
  const std::string& rule = (*first)->selection.name;
  const Entry* value = find(alert.annotations, "value");
  if (value == nullptr) value = find(alert.labels, "value");
  if (value == nullptr) {
    const bool needed =
        std::all_of(intent.rules.begin(), intent.rules.end(), follows) && !is_asked_for(config);
    findings.push_back(
        {alert.place, needed ? Severity::error : Severity::warning, "missing-value",
         fmt::format("The alert does not tell its value, which the policy of rule \"{}\" follows",
                     rule),
         "Write the annotation value: \"{{ $value }}\""});
  } else if (!may_be_number(*value)) {
    findings.push_back(
        {value->value_place, Severity::error, "value-not-a-number",
         fmt::format("\"value\" will be no number, which the policy of rule \"{}\" follows", rule),
         "Write nothing but value: \"{{ $value }}\""});
  }
}

}  // namespace

std::vector<Finding> check_needs(const Intent& intent, const Expression& series,
                                 const config::Config& config) {
  std::vector<Finding> findings;
  for (const config::Rule* rule : intent.rules) {
    findings = Needs{intent.alert, series, *rule}.check();
    if (findings.empty()) break;
  }
  check_value(intent, config, findings);
  return findings;
}

}  // namespace scalehook::lint
