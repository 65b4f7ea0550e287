#include "core/lint/intent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/lint/spelling.hpp"
#include "core/rules/template.hpp"
#include "core/scaling/policy.hpp"

namespace scalehook::lint {
namespace {

using rules::Matcher;

enum class Match { no, maybe, yes };

// What labels count as that neither the alert nor its expression names.
enum class Absent { for_sure, perhaps_not };

bool is_own(const Matcher& matcher, const AlertRule& alert) {
  return matcher.label() == "alertname" || find(alert.labels, matcher.label()) != nullptr;
}

Match judge(const Matcher& matcher, const AlertRule& alert, const Expression& series,
            Absent absent) {
  const auto definite = [](bool matches) { return matches ? Match::yes : Match::no; };
  const std::string& name = matcher.label();
  if (name == "alertname") return definite(matcher.matches({{name, alert.name}}));
  if (const Entry* label = find(alert.labels, name)) {
    return is_template(*label) ? Match::maybe : definite(matcher.matches({{name, label->value}}));
  }
  const Presence presence = series.presence(name);
  if (presence == Presence::present) return Match::maybe;
  if (presence == Presence::unknown && absent == Absent::perhaps_not) return Match::maybe;
  return definite(!matcher.needs_label());
}

// Whether more than the lack of labels brings it under the rule: one that a matcher needs, or,
// where none does, one that the rule makes its target or action of.
bool is_meant(const config::Rule& rule, const AlertRule& alert) {
  const auto& matchers = rule.selection.matchers;
  const bool needs_none = std::none_of(matchers.begin(), matchers.end(),
                                       [](const Matcher& m) { return m.needs_label(); });
  if (needs_none) {
    const auto labels = labels_of(rule);
    return std::any_of(alert.labels.begin(), alert.labels.end(),
                       [&](const Entry& label) { return labels.contains(label.name); });
  }
  return std::any_of(matchers.begin(), matchers.end(), [&](const Matcher& matcher) {
    return matcher.needs_label() && is_own(matcher, alert);
  });
}

Match judge(const config::Rule& rule, const AlertRule& alert, const Expression& series,
            Absent absent) {
  Match all = is_meant(rule, alert) ? Match::yes : Match::no;
  for (const Matcher& matcher : rule.selection.matchers) {
    all = std::min(all, judge(matcher, alert, series, absent));
  }
  return all;
}

// Up to the first under which it falls in any case.
std::vector<const config::Rule*> rules_of(const AlertRule& alert, const Expression& series,
                                          const config::Config& config, Absent absent) {
  std::vector<const config::Rule*> rules;
  for (const config::Rule& rule : config.rules) {
    const Match match = judge(rule, alert, series, absent);
    if (match != Match::no) rules.push_back(&rule);
    if (match == Match::yes) break;
  }
  return rules;
}

// Those that need a label and stand in every rule: what they match is meant for scaling.
std::vector<Matcher> shared_matchers(const config::Config& config) {
  std::vector<Matcher> shared;
  if (config.rules.empty()) return shared;
  for (const Matcher& matcher : config.rules.front().selection.matchers) {
    const bool everywhere =
        std::all_of(config.rules.begin(), config.rules.end(), [&](const config::Rule& rule) {
          const auto& others = rule.selection.matchers;
          return std::any_of(others.begin(), others.end(),
                             [&](const Matcher& other) { return other.text() == matcher.text(); });
        });
    if (everywhere && matcher.needs_label()) shared.push_back(matcher);
  }
  return shared;
}

bool has_shared(const AlertRule& alert, const Expression& series, const config::Config& config) {
  const auto shared = shared_matchers(config);
  return !shared.empty() && std::all_of(shared.begin(), shared.end(), [&](const Matcher& matcher) {
    return is_own(matcher, alert) && judge(matcher, alert, series, Absent::for_sure) != Match::no;
  });
}

bool scales(const AlertRule& alert, const Expression& series, const config::Config& config) {
  return has_shared(alert, series, config) ||
         !rules_of(alert, series, config, Absent::for_sure).empty();
}

struct Renaming {
  Entry label;
  std::string meant;
};

// Puts label names right that are nearly those of the configuration. A name that the expression
// spells out is no slip.
std::vector<Renaming> correct_names(AlertRule& alert, const Expression& series,
                                    const config::Config& config) {
  std::set<std::string> known{"severity", "value"};
  for (const config::Rule& rule : config.rules) {
    known.merge(labels_of(rule));
    known.insert(rule.selection.ignore_labels.begin(), rule.selection.ignore_labels.end());
  }
  std::vector<Renaming> renamings;
  for (Entry& label : alert.labels) {
    const std::string meant = misspelt(label.name, known);
    const bool taken = std::any_of(alert.labels.begin(), alert.labels.end(),
                                   [&](const Entry& other) { return other.name == meant; });
    if (meant.empty() || taken || series.named.contains(label.name)) continue;
    renamings.push_back({label, meant});
    label.name = meant;
  }
  return renamings;
}

// Puts the one label right whose value keeps the alert from a rule, if it nearly is another.
std::vector<Finding> correct_value(AlertRule& alert, const Expression& series,
                                   const config::Config& config) {
  for (const config::Rule& rule : config.rules) {
    std::vector<const Matcher*> refusing;
    for (const Matcher& matcher : rule.selection.matchers) {
      if (judge(matcher, alert, series, Absent::for_sure) == Match::no) {
        refusing.push_back(&matcher);
      }
    }
    if (refusing.size() != 1) continue;
    const auto words = refusing.front()->words();
    for (Entry& label : alert.labels) {
      if (label.name != refusing.front()->label()) continue;
      const std::string meant = misspelt(label.value, {words.begin(), words.end()});
      if (meant.empty()) continue;
      const std::string was = std::exchange(label.value, meant);
      return {{label.value_place, Severity::error, "label-value",
               fmt::format("With {}=\"{}\" the alert falls under no rule of scalehook", label.name,
                           was),
               fmt::format("Write {}: {}, as rule \"{}\" has it", label.name, meant,
                           rule.selection.name)}};
    }
  }
  return {};
}

Finding misspelt_name(const Renaming& renaming, const std::set<std::string>& needed) {
  const bool is_needed = needed.contains(renaming.meant);
  return {renaming.label.place, is_needed ? Severity::error : Severity::warning, "label-name",
          fmt::format("The label \"{}\" looks misspelt{}", renaming.label.name,
                      is_needed ? ", and scalehook goes by the right one" : ""),
          fmt::format("Write \"{}\"", renaming.meant)};
}

std::string matchers_of(const config::Rule& rule) {
  std::string text;
  for (const Matcher& matcher : rule.selection.matchers) {
    text += (text.empty() ? "" : ", ") + matcher.text();
  }
  return text;
}

Finding no_rule(const AlertRule& alert, const config::Config& config, Severity severity) {
  constexpr std::size_t most = 3;
  std::string all;
  for (std::size_t i = 0; i < std::min(most, config.rules.size()); ++i) {
    const config::Rule& rule = config.rules[i];
    all += fmt::format("{}\"{}\" ({})", all.empty() ? "" : ", ", rule.selection.name,
                       matchers_of(rule));
  }
  if (config.rules.size() > most) all += fmt::format(" or {} others", config.rules.size() - most);
  return {alert.place, severity, "no-rule",
          "The alert looks meant for scaling and falls under no rule of scalehook",
          "Give it the labels that a rule asks for: " + all};
}

// An action as a label, where rules take it from there, is no label of an ordinary alert.
bool has_action(const AlertRule& alert, const config::Config& config) {
  return std::any_of(config.rules.begin(), config.rules.end(), [&](const config::Rule& rule) {
    const auto names = rules::placeholders(rule.selection.action);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      const Entry* label = find(alert.labels, name);
      return label != nullptr && scaling::parse_action(label->value);
    });
  });
}

}  // namespace

bool is_template(const Entry& entry) { return entry.value.find("{{") != std::string::npos; }

std::set<std::string> labels_of(const config::Rule& rule) {
  const rules::Rule& selection = rule.selection;
  std::set<std::string> names;
  const auto add = [&](std::string_view text) {
    for (std::string& name : rules::placeholders(text)) names.insert(std::move(name));
  };
  for (const Matcher& matcher : selection.matchers) names.insert(matcher.label());
  add(selection.scaler);
  add(selection.action);
  for (const auto& [field, text] : selection.target) add(text);
  for (const auto& other : selection.alternatives) {
    names.insert(other.label);
    add(other.scaler);
    for (const auto& [field, text] : other.target) add(text);
  }
  return names;
}

Intent read_intent(const AlertRule& alert, const Expression& series, const config::Config& config) {
  Intent intent;
  intent.alert = alert;
  const auto renamings = correct_names(intent.alert, series, config);
  bool falls = !rules_of(intent.alert, series, config, Absent::perhaps_not).empty();
  intent.scales = scales(intent.alert, series, config);
  if (!intent.scales || !falls) {
    intent.findings = correct_value(intent.alert, series, config);
    if (!intent.findings.empty()) intent.scales = falls = true;
  }
  if (!intent.scales && has_action(intent.alert, config)) {
    intent.findings.push_back(no_rule(intent.alert, config, Severity::warning));
    intent.scales = true;
  } else if (intent.scales && !falls) {
    intent.findings.push_back(no_rule(intent.alert, config, Severity::error));
  }
  if (!intent.scales) return {};
  if (falls) intent.rules = rules_of(intent.alert, series, config, Absent::perhaps_not);

  std::set<std::string> needed;
  for (const config::Rule* rule : intent.rules) needed.merge(labels_of(*rule));
  for (const Renaming& renaming : renamings) {
    intent.findings.push_back(misspelt_name(renaming, needed));
  }
  return intent;
}

}  // namespace scalehook::lint
