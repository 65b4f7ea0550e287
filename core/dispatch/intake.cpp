#include "core/dispatch/intake.hpp"

#include <algorithm>
#include <utility>

#include "core/alert/value.hpp"
#include "core/rules/select.hpp"

namespace scalehook::dispatch {
namespace {

// scale-to needs a number to go to; any other policy says how far to go from here.
bool fits(scaling::Action action, const scaling::Policy& policy) {
  return action != scaling::Action::scale_to || std::holds_alternative<scaling::Set>(policy);
}

void take_in(const Setup& setup, alert::Alert alert, Intake& intake) {
  using scaling::Reason;
  const auto& rules = setup.config->rules;
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const config::Rule& candidate) {
    return rules::matches(candidate.selection, alert.labels);
  });
  if (rule == rules.end()) {
    intake.turned.push_back(
        {std::move(alert), "", Reason::no_rule, "no rule's matchers match the alert"});
    return;
  }
  const std::string& name = rule->selection.name;
  const auto turn = [&](Reason reason, std::string explanation) {
    intake.turned.push_back({std::move(alert), name, reason, std::move(explanation)});
  };

  auto selection = rules::select(rule->selection, alert);
  if (!selection) {
    return turn(selection.error().lacks_action ? Reason::bad_action : Reason::no_target,
                selection.error().explanation);
  }
  const auto scaler = setup.scalers.find(selection->target.scaler);
  if (scaler == setup.scalers.end()) {
    return turn(Reason::no_target, "rule \"" + name + "\" sends it to scaler \"" +
                                       selection->target.scaler +
                                       "\", and none of that name is configured");
  }
  if (const auto fault = scaler->second.check(selection->target.fields)) {
    return turn(Reason::no_target, "rule \"" + name + "\" makes it the target " +
                                       rules::to_text(selection->target) + ": " + *fault);
  }
  const auto action = scaling::parse_action(selection->action);
  if (!action) {
    return turn(Reason::bad_action, "action \"" + selection->action +
                                        "\" is none of scale-out, scale-in, scale-to, hold");
  }
  if (!fits(*action, rule->behavior.policy)) {
    return turn(Reason::bad_action, "action scale-to needs `policy: {set: …}` in rule \"" + name +
                                        "\": a number, or \"value\" for the alert's value");
  }

  scaling::Observation seen;
  seen.status = alert.status;
  seen.key = {name, std::move(selection->identity)};
  seen.series = std::move(selection->series);
  seen.action = *action;
  // Shares the configuration's life rather than copying its part.
  seen.behavior = {setup.config, &rule->behavior};
  seen.starts_at = alert.starts_at;
  seen.ends_at = alert.ends_at;
  seen.generator_url = alert.generator_url;
  if (const auto* text = alert::value_text(alert)) seen.value = alert::parse_value(*text);
  auto& target = intake.targets[std::move(selection->target)];
  target.alerts.push_back(std::move(alert));
  target.observations.push_back(std::move(seen));
}

}  // namespace

Intake take_in(const Setup& setup, std::vector<alert::Alert> alerts) {
  Intake intake;
  for (auto& alert : alerts) take_in(setup, std::move(alert), intake);
  return intake;
}

}  // namespace scalehook::dispatch
