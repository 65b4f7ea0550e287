#include "core/dispatch/conditions.hpp"

#include <algorithm>
#include <utility>

#include "core/dispatch/remembered.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::dispatch {
namespace {

journal::State state(const scaling::Pause& pause, std::string text) {
  return {Conditions::pause_kind, pause.target + "\n" + pause.rule + "\n" + pause.direction,
          std::move(text)};
}

}  // namespace

scaling::Decision Conditions::decide(const rules::Target& target, scaling::Memory& memory,
                                     const scaling::Reading& reading, scaling::Evidence evidence,
                                     std::size_t targets_known, const scaling::Budget& budget) {
  const auto now = runtime_.moment();
  std::vector<scaling::Pause> pauses;
  if (!pauses_.empty()) pauses = pauses_.about(rules::to_text(target), runtime_.now());
  scaling::Surroundings surroundings;
  surroundings.pauses = pauses;
  surroundings.evidence = evidence;
  surroundings.scale_in_frozen = fleet_.frozen;
  surroundings.out_budget_at = within_budget(fleet_, memory, budget, true, now);
  surroundings.in_budget_at = within_budget(fleet_, memory, budget, false, now);
  surroundings.started_at = started_at_;
  surroundings.grace_until = grace_until_;
  auto decision = scaling::decide(memory, reading, surroundings, now);
  if (note_wish(fleet_, name_of(target), wants_in(decision), targets_known, budget, now)) {
    log::warn(fleet_.frozen ? "scale-in is frozen, for too many targets want in at once"
                            : "scale-in goes on",
              {{"targets", targets_known}, {"wanting_in", fleet_.wants_in.size()}});
  }
  // The one that is too many is frozen too.
  if (fleet_.frozen && decision.to && decision.move == scaling::Move::in) {
    decision.to.reset();
    decision.reason = scaling::Reason::frozen;
  }
  return decision;
}

void Conditions::recover(const journal::State& kept) {
  auto pause = parse_pause(kept.json);
  const bool goes_on = pause && (!pause->until || *pause->until > runtime_.now());
  const bool renamed = goes_on && state(*pause, "").name != kept.name;  // by an older version
  if (!goes_on || renamed) ledger_.note(journal::State{pause_kind, kept.name, ""});
  if (renamed) ledger_.note(state(*pause, kept.json));
  if (goes_on) pauses_.add(*std::move(pause));
}

void Conditions::pause(scaling::Pause pause) {
  ledger_.note(state(pause, to_json(pause)));
  pauses_.add(std::move(pause));
}

std::size_t Conditions::resume(const std::string& target, const std::string& rule) {
  const auto ended = pauses_.remove(target, rule);
  forget(ended);
  if (target.empty() && rule.empty()) thaw(fleet_);
  return ended.size();
}

void Conditions::forget(const std::vector<scaling::Pause>& ended) {
  for (const auto& pause : ended) ledger_.note(state(pause, ""));
}

std::optional<std::chrono::nanoseconds> Conditions::pause_ends_in(
    const rules::Target& target) const {
  if (pauses_.empty()) return std::nullopt;
  std::optional<std::chrono::nanoseconds> end;
  for (const auto& pause : pauses_.about(rules::to_text(target), runtime_.now())) {
    if (!pause.until) continue;
    const std::chrono::nanoseconds left = *pause.until - runtime_.now();
    end = std::min(end.value_or(left), left);
  }
  return end;
}

}  // namespace scalehook::dispatch
