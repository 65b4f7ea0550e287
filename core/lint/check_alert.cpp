#include <fmt/core.h>

#include <algorithm>

#include "core/lint/checks.hpp"

namespace scalehook::lint {
namespace {

enum class ValueUse { none, condition, text };

// Whether the template puts the value into the text, or only asks how large it is.
ValueUse value_use(std::string_view text) {
  ValueUse use = ValueUse::none;
  for (auto begin = text.find("{{"); begin != std::string_view::npos; begin = text.find("{{")) {
    text.remove_prefix(begin + 2);
    std::string_view action = text.substr(0, text.find("}}"));
    text.remove_prefix(action.size());
    if (action.find("$value") == std::string_view::npos &&
        action.find(".Value") == std::string_view::npos) {
      continue;
    }
    action.remove_prefix(std::min(action.size(), action.find_first_not_of("- ")));
    if (!action.starts_with("if ") && !action.starts_with("else if ")) return ValueUse::text;
    use = ValueUse::condition;
  }
  return use;
}

void check_value_labels(const AlertRule& alert, std::vector<Finding>& findings) {
  for (const Entry& label : alert.labels) {
    const ValueUse use = value_use(label.value);
    if (use == ValueUse::none) continue;
    const bool waits = alert.held_for && alert.held_for->length.count() > 0;
    Finding finding{.place = label.place,
                    .severity = Severity::error,
                    .code = "value-label",
                    .message = {},
                    .remedy = {}};
    if (use == ValueUse::condition) {
      finding.severity = Severity::warning;
      finding.message = fmt::format(
          "The label \"{}\" depends on the value, so that the alert becomes another one whenever "
          "it changes{}",
          label.name, waits ? ", and waits for \"for\" anew" : "");
      finding.remedy = "Write one alert for each of its values";
    } else {
      finding.message = fmt::format(
          "The label \"{}\" holds the value: whenever that moves, a new alert begins, {}",
          label.name,
          waits ? fmt::format("and with \"for: {}\" none lives long enough to fire",
                              alert.held_for->text)
                : "and the one before is resolved");
      finding.remedy = label.name == "value"
                           ? "Remove it and write the annotation value: \"{{ $value }}\""
                           : "Remove it; scalehook reads the annotation value: \"{{ $value }}\"";
    }
    findings.push_back(std::move(finding));
  }
}

std::string to_text(std::chrono::milliseconds length) {
  const auto count = length.count();
  if (count % 60'000 == 0) return fmt::format("{}m", count / 60'000);
  return count % 1'000 == 0 ? fmt::format("{}s", count / 1'000) : fmt::format("{}ms", count);
}

void check_for(const AlertRule& alert, std::chrono::milliseconds interval,
               std::vector<Finding>& findings) {
  if (!alert.held_for || alert.held_for->length.count() == 0) return;
  if (alert.held_for->length >= (alert.interval ? alert.interval->length : interval)) return;
  findings.push_back(
      {alert.held_for->place, Severity::warning, "short-for",
       fmt::format("\"for: {}\" is shorter than the evaluation interval of {}, so that the alert "
                   "waits that long instead",
                   alert.held_for->text, alert.interval ? alert.interval->text : to_text(interval)),
       "Evaluate the group more often (interval), or make \"for\" at least as long"});
}

}  // namespace

std::vector<Finding> check_alert(const AlertRule& alert, const Expression& series,
                                 std::chrono::milliseconds interval) {
  std::vector<Finding> findings;
  check_value_labels(alert, findings);
  check_for(alert, interval, findings);
  if (series.compares_to_bool) {
    findings.push_back(
        {alert.expr_place, Severity::error, "bool-comparison",
         "With \"bool\" the expression has a result whether it holds or not, so that "
         "the alert fires all the time, with the value 0 or 1",
         "Leave out \"bool\""});
  }
  return findings;
}

}  // namespace scalehook::lint
