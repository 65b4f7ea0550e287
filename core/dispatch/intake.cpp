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

// Bytes of its text.
std::size_t size_of(const alert::Alert& alert) {
  std::size_t bytes = alert.generator_url.size() + alert.fingerprint.size();
  for (const auto* texts : {&alert.labels, &alert.annotations}) {
    for (const auto& [name, value] : *texts) bytes += name.size() + value.size();
  }
  return bytes;
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

std::optional<Intake::Meaning> Intake::recall(const alert::Alert& alert) const {
  const auto known = known_.find(alert.fingerprint);
  if (known == known_.end()) return std::nullopt;
  const auto& [labels, annotations, generator_url, meaning] = known->second;
  const bool same = labels == alert.labels && annotations == alert.annotations &&
                    generator_url == alert.generator_url;
  return same ? std::optional{meaning} : std::nullopt;
}

void Intake::remember(const alert::Alert& alert, const Meaning& meaning) {
  if (size_of(alert) > most_text) return;
  if (known_.size() == most_known && !known_.contains(alert.fingerprint)) known_.clear();
  known_.insert_or_assign(alert.fingerprint,
                          Known{alert.labels, alert.annotations, alert.generator_url, meaning});
}

void Intake::take(alert::Alert alert, Taken& taken) {
  auto meaning = recall(alert);
  if (!meaning) {
    meaning = meaning_of(alert, taken);
    if (!meaning) return;
    remember(alert, *meaning);
  }
  auto& seen = taken.targets[std::move(meaning->target)];
  seen.observations.push_back(
      {std::move(meaning->series), alert.status, alert.starts_at, alert.ends_at});
  seen.alerts.push_back(std::move(alert));
}

Taken Intake::take(std::vector<alert::Alert> alerts) {
  Taken taken;
  for (auto& alert : alerts) take(std::move(alert), taken);
  return taken;
}

}  // namespace scalehook::dispatch
