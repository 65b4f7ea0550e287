#include "core/dispatch/reselect.hpp"

#include <algorithm>

#include "core/rules/select.hpp"
#include "core/scaling/claim.hpp"

namespace scalehook::dispatch {
namespace {

bool of_value(const rules::Matcher& matcher) { return matcher.label() == "value"; }

// Of a series `value` is not known.
bool may_match(const rules::Rule& rule, const alert::Labels& series) {
  return std::all_of(
      rule.matchers.begin(), rule.matchers.end(),
      [&](const rules::Matcher& matcher) { return of_value(matcher) || matcher.matches(series); });
}

// Whether alerts of that series come to the claim of that key; null: whatever its action was.
bool comes_to(const config::Config& config, const rules::Target& target, const scaling::Key& key,
              const scaling::Claim* claim, const alert::Labels& series) {
  const auto rule = std::find_if(config.rules.begin(), config.rules.end(),
                                 [&](const auto& one) { return may_match(one.selection, series); });
  if (rule == config.rules.end()) return false;
  const auto& matchers = rule->selection.matchers;
  if (std::any_of(matchers.begin(), matchers.end(), of_value)) {
    return config::find_rule(config, key.first) != nullptr;
  }
  if (rule->selection.name != key.first) return false;

  alert::Alert alert;
  alert.labels = series;
  const auto selection = rules::select(rule->selection, alert);
  if (!selection) return true;  // it is made of annotations
  return selection->target == target && selection->identity == key.second &&
         (claim == nullptr || scaling::parse_action(selection->action) == claim->action);
}

std::set<std::string> rules_of(const scaling::Memory& memory) {
  std::set<std::string> rules;
  for (const auto& [key, claim] : memory.claims) rules.insert(key.first);
  for (const auto& [key, episode] : memory.closed) rules.insert(key.first);
  if (memory.obligation) {
    rules.insert(memory.obligation->behavior->rule);
    for (const auto& trace : memory.obligation->traces) rules.insert(trace.key.first);
  }
  return rules;
}

}  // namespace

std::set<std::string> reselect(const std::shared_ptr<const config::Config>& config,
                               const rules::Target& target, scaling::Memory& memory) {
  std::set<std::string> lost;
  std::set<scaling::Key> gone;
  for (auto& entry : memory.claims) {
    const auto& key = entry.first;
    auto& claim = entry.second;
    const auto left = std::erase_if(claim.firing, [&](const auto& series) {
      return !comes_to(*config, target, key, &claim, series.first);
    });
    if (left > 0) lost.insert(key.first);
    if (claim.firing.empty()) gone.insert(key);
  }
  for (const auto& entry : memory.closed) {
    const auto& key = entry.first;
    const auto& episode = entry.second;
    const auto* claim = episode.replay ? &*episode.replay : nullptr;
    const bool comes = std::any_of(
        episode.series.begin(), episode.series.end(),
        [&](const auto& series) { return comes_to(*config, target, key, claim, series.first); });
    if (!comes) gone.insert(key);
  }
  if (memory.obligation) {
    for (const auto& trace : memory.obligation->traces) {
      // A count that is left to stay does so, whoever left it.
      const bool stays = trace.how == scaling::OnResolved::hold;
      if (!stays && !config::find_rule(*config, trace.key.first)) gone.insert(trace.key);
    }
  }
  for (const auto& [rule, labels] : gone) lost.insert(rule);
  scaling::drop(memory, gone);
  for (const auto& rule : rules_of(memory)) {
    if (const auto* found = config::find_rule(*config, rule)) {
      scaling::replace_behavior(memory, {config, &found->behavior});
    }
  }
  return lost;
}

}  // namespace scalehook::dispatch
