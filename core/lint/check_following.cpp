#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "core/lint/checks.hpp"
#include "core/promql/measure.hpp"
#include "core/rules/template.hpp"
#include "core/scaling/want.hpp"

namespace scalehook::lint {

bool follows_value(const config::Rule& rule, const AlertRule& alert) {
  if (!scaling::follows_value(rule.behavior.policy)) return false;
  for (const std::string& name : rules::placeholders(rule.selection.action)) {
    const Entry* action = find(alert.labels, name);
    if (action == nullptr) action = find(alert.annotations, name);
    if (action != nullptr && action->value == "hold") return false;
  }
  return rule.selection.action != "hold";
}

std::vector<Finding> check_following(const Intent& intent, const config::Config& config) {
  std::vector<Finding> findings;
  const AlertRule& alert = intent.alert;
  const auto warn = [&](const char* code, std::string message, const char* remedy) {
    const bool told = std::any_of(findings.begin(), findings.end(),
                                  [&](const Finding& one) { return one.code == code; });
    if (told) return;
    findings.push_back({alert.expr_place, Severity::warning, code, std::move(message), remedy});
  };
  for (const config::Rule* rule : intent.rules) {
    const auto& [policy, query] = std::tie(rule->behavior.policy, rule->behavior.query);
    if (!follows_value(*rule, alert)) continue;
    const std::string& name = rule->selection.name;
    const std::string& measure = query.empty() ? alert.expr : query;
    if (config.prometheus_url.empty()) {
      warn("value-not-refreshed",
           fmt::format("Rule \"{}\" follows the value from notifications alone, and Alertmanager "
                       "repeats them every 4h",
                       name),
           "Set prometheus.url, so that it is asked every 30s");
    }
    if (std::holds_alternative<scaling::Ratio>(policy) && promql::is_latency(measure)) {
      warn("ratio-of-latency",
           fmt::format("Rule \"{}\" takes a ratio of a latency, which does not fall in proportion "
                       "as replicas are added",
                       name),
           "Scale by the load or by an average over replicas, or give the rule policy: {percent: "
           "50}");
    }
    if (std::holds_alternative<scaling::PerReplica>(policy) && promql::is_backlog(measure)) {
      warn("per-replica-of-backlog",
           fmt::format("Rule \"{}\" counts replicas for a backlog, which says how much waits and "
                       "not how much comes in",
                       name),
           "Scale on arrivals, such as sum(rate(items_added_total[1m]))");
    }
  }
  return findings;
}

}  // namespace scalehook::lint
