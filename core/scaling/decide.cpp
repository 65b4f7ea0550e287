#include "core/scaling/decide.hpp"

#include <algorithm>

#include "core/scaling/want.hpp"

namespace scalehook::scaling {
namespace {

std::string counted(std::int64_t replicas) {
  return std::to_string(replicas) + (replicas == 1 ? " replica" : " replicas");
}

std::string rule_text(const std::string& rule) { return "rule \"" + rule + "\""; }

// An object deleted and made anew is another target: what was remembered of the old one is void.
void forget_if_replaced(Memory& memory, const Reading& reading) {
  if (!memory.uid.empty() && !reading.uid.empty() && memory.uid != reading.uid) {
    memory.baseline.reset();
    memory.obligation.reset();
    memory.known.reset();
    for (auto& [key, claim] : memory.claims) claim.want.reset();
  }
  if (!reading.uid.empty()) memory.uid = reading.uid;
}

// Whether the count is not the one it was at our last look; the new one is then what a restore goes
// back to, for what another has set is not ours to undo.
bool changed_by_another(Memory& memory, const Reading& reading) {
  const bool changed = memory.known && *memory.known != reading.replicas;
  if (changed && memory.baseline) memory.baseline = reading.replicas;
  memory.known = reading.replicas;
  return changed;
}

bool needs_want(const Claim& claim, const Memory& memory) {
  if (claim.action == Action::hold) return false;
  if (!claim.want) return true;
  if (!follows_value(claim.behavior->policy) || claim.value == claim.wanted_for) return false;
  // A ratio is taken of what serves: a sample from before the last change landed is of another
  // count.
  return !std::holds_alternative<Ratio>(claim.behavior->policy) ||
         claim.sampled_at >= memory.changed_at + claim.behavior->cooldown.out;
}

// Claims that open in one decision compute from the same count, and a step is granted once a rule.
void compute_wants(Memory& memory, const Reading& reading) {
  for (auto& entry : memory.claims) {
    Claim& claim = entry.second;
    if (!needs_want(claim, memory)) continue;
    if (!follows_value(claim.behavior->policy)) {
      const auto granted =
          std::find_if(memory.claims.begin(), memory.claims.end(), [&](const auto& candidate) {
            const Claim& other = candidate.second;
            return other.rule == claim.rule && other.action == claim.action && other.want;
          });
      if (granted != memory.claims.end()) {
        claim.want = granted->second.want;
        continue;
      }
    }
    const auto computed =
        want(claim.behavior->policy, claim.action, {reading.replicas, reading.ready, claim.value});
    if (!computed) continue;  // the previous want is kept
    claim.want = computed;
    claim.wanted_for = claim.value;
  }
}

// What the open claims and the obligation come to, before bounds.
struct Wanted {
  std::int64_t replicas{};
  Reason reason = Reason::no_change;  // if replicas are those of now
  std::string rule;
  std::shared_ptr<const Behavior> behavior;
  std::optional<Action> action;
  bool restores = false;
  std::optional<std::int64_t> want;
  std::string why;
};

// scale-to competes as the direction it moves the run's baseline in.
bool goes_out(const Claim& claim, std::int64_t baseline) {
  if (claim.action == Action::scale_to) return *claim.want >= baseline;
  return claim.action == Action::scale_out;
}

Wanted stay(const Reading& reading, Reason reason, std::string why) {
  Wanted wanted;
  wanted.replicas = reading.replicas;
  wanted.reason = reason;
  wanted.why = std::move(why);
  return wanted;
}

// A resolve or a fallen value lets the count come down while others still fire; nothing else does.
Wanted restore(const Memory& memory, const Reading& reading) {
  const Obligation& left = *memory.obligation;
  const std::int64_t baseline = memory.baseline.value_or(reading.replicas);
  Wanted wanted;
  wanted.restores = true;
  wanted.rule = left.rule;
  wanted.behavior = left.behavior;
  switch (left.how) {
    case OnResolved::hold:
      wanted = stay(
          reading, Reason::held,
          "resolved; " + rule_text(left.rule) + " leaves the count as it is (on_resolved: hold)");
      wanted.rule = left.rule;
      wanted.behavior = left.behavior;
      return wanted;
    case OnResolved::restore:
      wanted.replicas = baseline;
      wanted.why = "resolved; " + rule_text(left.rule) + " goes back to " + counted(baseline) +
                   ", the count before it fired";
      return wanted;
    case OnResolved::min:
      wanted.replicas = std::min(left.behavior->limits.min, reading.replicas);
      wanted.why = "resolved; " + rule_text(left.rule) + " goes to its minimum";
      return wanted;
    case OnResolved::step: {
      const bool back_in = reading.replicas > baseline;
      const auto step = want(left.behavior->policy, back_in ? Action::scale_in : Action::scale_out,
                             {reading.replicas, reading.ready, std::nullopt});
      const std::int64_t to = step.value_or(baseline);
      wanted.replicas = back_in ? std::max(to, baseline) : std::min(to, baseline);
      wanted.why = "resolved; " + rule_text(left.rule) + " takes one step back";
      return wanted;
    }
  }
  return wanted;
}

Wanted combine(const Memory& memory, const Reading& reading) {
  const std::int64_t baseline = memory.baseline.value_or(reading.replicas);
  const Claim* out = nullptr;
  const Claim* in = nullptr;
  const Claim* hold = nullptr;
  const Claim* without_value = nullptr;
  // A want going in is not pulled down to max: a target beyond it comes in by its steps.
  const auto clamped = [&](const Claim& claim) {
    if (goes_out(claim, baseline)) return clamp(*claim.want, claim.behavior->limits);
    return std::max(*claim.want, claim.behavior->limits.min);
  };
  for (const auto& [key, claim] : memory.claims) {
    if (claim.action == Action::hold) {
      hold = &claim;
    } else if (!claim.want) {
      without_value = &claim;
    } else {
      const Claim*& best = goes_out(claim, baseline) ? out : in;
      if (best == nullptr || clamped(claim) > clamped(*best)) best = &claim;
    }
  }

  if (out != nullptr || (in != nullptr && hold == nullptr)) {
    const Claim& claim = out != nullptr ? *out : *in;
    Wanted wanted;
    wanted.rule = claim.rule;
    wanted.behavior = claim.behavior;
    wanted.action = claim.action;
    wanted.want = claim.want;
    wanted.replicas = out != nullptr ? std::max(clamped(claim), baseline) : clamped(claim);
    wanted.why = rule_text(claim.rule) + " asks for " + counted(*claim.want);
    if (wanted.replicas > reading.replicas && *claim.want > claim.behavior->limits.max) {
      wanted.why += "; max is " + std::to_string(claim.behavior->limits.max);
    } else if (wanted.replicas < reading.replicas && *claim.want < claim.behavior->limits.min) {
      wanted.why += "; min is " + std::to_string(claim.behavior->limits.min);
    }
    const bool lowers = wanted.replicas < reading.replicas;
    const bool may_fall = follows_value(claim.behavior->policy) ||
                          (memory.obligation && memory.obligation->how != OnResolved::hold);
    const Limits& limits = claim.behavior->limits;
    const bool stays = out != nullptr ? lowers && (hold != nullptr || !may_fall) : !lowers;
    if (stays) wanted.replicas = reading.replicas;
    if (wanted.replicas == reading.replicas) {
      if (out != nullptr && *claim.want > std::max(limits.max, reading.replicas)) {
        wanted.reason = Reason::at_max;
        wanted.why += "; max is " + std::to_string(limits.max);
      } else if (out == nullptr && *claim.want < std::min(limits.min, reading.replicas)) {
        wanted.reason = Reason::at_min;
        wanted.why += "; min is " + std::to_string(limits.min);
      } else {
        wanted.why += out != nullptr ? ", no more than it has" : ", no fewer than it has";
      }
    }
    return wanted;
  }
  if (hold != nullptr) {
    auto wanted =
        stay(reading, Reason::held, rule_text(hold->rule) + " holds the count while it fires");
    wanted.rule = hold->rule;
    wanted.behavior = hold->behavior;
    wanted.action = hold->action;
    return wanted;
  }
  if (without_value != nullptr) {
    auto wanted =
        stay(reading, Reason::bad_value,
             rule_text(without_value->rule) +
                 " scales by the alert's value, and it has none that is a number: add the "
                 "annotation value: \"{{ $value }}\"");
    wanted.rule = without_value->rule;
    wanted.behavior = without_value->behavior;
    wanted.action = without_value->action;
    return wanted;
  }
  if (memory.obligation) return restore(memory, reading);
  return stay(reading, Reason::no_change, "nothing fires for this target");
}

// Applies the bounds to an upward or downward move; sets the reason if they leave nothing of it.
void bound(Wanted& wanted, const Reading& reading) {
  if (wanted.replicas == reading.replicas || !wanted.behavior) return;
  const Limits& limits = wanted.behavior->limits;
  if (wanted.replicas > reading.replicas) {
    const std::int64_t most = std::min(limits.max, reading.max.value_or(limits.max));
    const auto to = std::max(std::min(wanted.replicas, most), reading.replicas);
    if (to == reading.replicas) {
      wanted.reason = Reason::at_max;
    }
    if (to != wanted.replicas) {
      wanted.why += most < limits.max ? "; the target's own max is " : "; max is ";
      wanted.why += std::to_string(most);
    }
    wanted.replicas = to;
    return;
  }
  const std::int64_t least =
      wanted.behavior->to_zero ? limits.min : std::max<std::int64_t>(1, limits.min);
  const auto to = std::min(std::max(wanted.replicas, least), reading.replicas);
  if (to == reading.replicas) {
    wanted.reason = Reason::at_min;
  }
  if (to != wanted.replicas) wanted.why += "; min is " + std::to_string(least);
  wanted.replicas = to;
}

bool held_by_target(const Reading& reading, Move move) {
  return reading.hold == "all" || reading.hold == to_text(move);
}

}  // namespace

std::string_view to_text(Move move) {
  switch (move) {
    case Move::out:
      return "out";
    case Move::in:
      return "in";
    case Move::none:
      return "";
  }
  return "";
}

Decision decide(Memory& memory, const Reading& reading, Time) {
  forget_if_replaced(memory, reading);
  const bool changed = changed_by_another(memory, reading);
  if (!memory.baseline && !memory.claims.empty()) memory.baseline = reading.replicas;
  compute_wants(memory, reading);

  Decision decision;
  decision.from = reading.replicas;
  decision.baseline = memory.baseline;
  if (changed && memory.claims.empty() && memory.obligation) {
    decision.reason = Reason::changed_by_others;
    decision.rule = memory.obligation->rule;
    decision.behavior = memory.obligation->behavior;
    decision.explanation = "resolved; somebody else has set " + counted(reading.replicas) +
                           " meanwhile, so that is left as it is";
    end_run(memory);
    return decision;
  }

  Wanted wanted = combine(memory, reading);
  decision.wanted = wanted.replicas;
  decision.want = wanted.want;
  decision.rule = wanted.rule;
  decision.behavior = wanted.behavior;
  decision.action = wanted.action;
  decision.restores = wanted.restores;
  bound(wanted, reading);
  decision.reason = wanted.reason;
  decision.explanation = wanted.why;
  if (wanted.replicas == reading.replicas) {
    if (memory.claims.empty()) end_run(memory);
    return decision;
  }

  const Move move = wanted.replicas > reading.replicas ? Move::out : Move::in;
  // Unless it was us: a count that another had set would be the baseline by now.
  const bool ours = wanted.restores && memory.baseline.value_or(0) > 0;
  if (reading.replicas == 0 && !wanted.behavior->from_zero && !ours) {
    decision.reason = Reason::zero;
    decision.explanation =
        wanted.why + "; it has none and so was switched off: from_zero: true would start it";
    return decision;
  }
  if (held_by_target(reading, move)) {
    decision.reason = Reason::paused;
    decision.explanation = wanted.why + "; " + reading.hold_explanation;
    return decision;
  }
  decision.to = wanted.replicas;
  decision.move = move;
  decision.reason = Reason::applied;
  return decision;
}

void landed(Memory& memory, const Decision& decision, bool dry_run, Time now) {
  if (!dry_run) {
    memory.known = decision.to;
    memory.changed_at = now;
  }
  // Alerts may have been resolved while this was being written: then a restore is still to come.
  if (decision.restores || !memory.obligation) end_run(memory);
}

}  // namespace scalehook::scaling
