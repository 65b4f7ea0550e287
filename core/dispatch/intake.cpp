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

}  // namespace

std::optional<Intake::Meaning> Intake::meaning_of(alert::Alert& alert, Taken& taken) const {
  using scaling::Reason;
  const auto& rules = setup_->config->rules;
  const auto rule = std::find_if(rules.begin(), rules.end(), [&](const config::Rule& candidate) {
    return rules::matches(candidate.selection, alert.labels);
  });
  if (rule == rules.end()) {
    taken.turned.push_back(
        {std::move(alert), "", Reason::no_rule, "no rule's matchers match the alert"});
    return std::nullopt;
  }
  const std::string& name = rule->selection.name;
  const auto turn = [&](Reason reason, std::string explanation) -> std::optional<Meaning> {
    taken.turned.push_back({std::move(alert), name, reason, std::move(explanation)});
    return std::nullopt;
  };

  auto selection = rules::select(rule->selection, alert);
  if (!selection) {
    return turn(selection.error().lacks_action ? Reason::bad_action : Reason::no_target,
                selection.error().explanation);
  }
  const auto scaler = setup_->scalers.find(selection->target.scaler);
  if (scaler == setup_->scalers.end()) {
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

  scaling::Series series;
  series.key = {name, std::move(selection->identity)};
  series.labels = std::move(selection->series);
  series.action = *action;
  // Shares the configuration's life rather than copying its part.
  series.behavior = {setup_->config, &rule->behavior};
  series.generator_url = alert.generator_url;
  if (const auto* text = alert::value_text(alert)) series.value = alert::parse_value(*text);
  return Meaning{std::make_shared<rules::Target>(std::move(selection->target)),
                 std::make_shared<scaling::Series>(std::move(series))};
}

void Intake::take(alert::Alert alert, Taken& taken) {
  auto known = known_.find(alert.fingerprint);
  if (known == known_.end() || known->second.labels != alert.labels ||
      known->second.annotations != alert.annotations ||
      known->second.generator_url != alert.generator_url) {
    auto meaning = meaning_of(alert, taken);
    if (!meaning) return;
    if (known == known_.end() && known_.size() == most_known) known_.clear();
    known =
        known_
            .insert_or_assign(alert.fingerprint, Known{alert.labels, alert.annotations,
                                                       alert.generator_url, *std::move(meaning)})
            .first;
  }
  const auto& [target, series] = known->second.meaning;
  auto& seen = taken.targets[target];
  seen.observations.push_back({series, alert.status, alert.starts_at, alert.ends_at});
  seen.alerts.push_back(std::move(alert));
}

Taken Intake::take(std::vector<alert::Alert> alerts) {
  Taken taken;
  for (auto& alert : alerts) take(std::move(alert), taken);
  return taken;
}

}  // namespace scalehook::dispatch
