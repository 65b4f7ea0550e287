#include "core/lint/lint.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "core/lint/checks.hpp"
#include "core/lint/prometheus_1.hpp"

namespace scalehook::lint {

Report lint(std::string_view text, const config::Config& config,
            std::chrono::milliseconds interval) {
  RuleFile file = is_prometheus_1(text) ? read_prometheus_1(text) : read_rule_file(text);
  Report report{.findings = std::move(file.findings), .alerts = file.alerts.size(), .scaling = 0};
  const auto add = [&](std::vector<Finding> more) {
    std::move(more.begin(), more.end(), std::back_inserter(report.findings));
  };
  for (const AlertRule& alert : file.alerts) {
    const Expression series = read_expression(alert.expr);
    Intent intent = read_intent(alert, series, config);
    if (!intent.scales) continue;
    ++report.scaling;
    add(std::move(intent.findings));
    add(check_alert(intent.alert, series, interval));
    add(check_needs(intent, series, config));
    add(check_following(intent, config));
  }
  // Labels that several alerts share through an anchor are told of once.
  const auto key = [](const Finding& finding) {
    return std::tie(finding.place.line, finding.place.column, finding.code, finding.message);
  };
  auto& findings = report.findings;
  std::sort(findings.begin(), findings.end(),
            [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
  findings.erase(std::unique(findings.begin(), findings.end(),
                             [&](const Finding& a, const Finding& b) { return key(a) == key(b); }),
                 findings.end());
  return report;
}

}  // namespace scalehook::lint
