#include "core/scaling/decide.hpp"

#include <algorithm>
#include <utility>

#include "core/alert/time.hpp"
#include "core/scaling/obligation.hpp"
#include "core/scaling/rate.hpp"
#include "core/scaling/serving.hpp"
#include "core/scaling/want.hpp"
#include "core/scaling/writer.hpp"

namespace scalehook::scaling {
namespace {

// A change on its way to being written, and what the stages look at.
struct Way {
  Memory& memory;
  const Reading& reading;
  const Surroundings& surroundings;
  Moment now;
  Decision& decision;
  std::int64_t to;

  const Behavior& behavior() const { return *decision.behavior; }
  bool out() const { return decision.move == Move::out; }

  bool stop(Reason reason) {
    decision.reason = reason;
    return false;
  }
  void wake_at(std::optional<Moment> at) {
    if (at) decision.wake_at = std::min(decision.wake_at.value_or(*at), *at);
  }
  bool wait(Reason reason, std::optional<Moment> until) {
    wake_at(until);
    return stop(reason);
  }
  // Goes on with a smaller move, or stops if none is left of it.
  bool reduce(Stage stage, const Allowed& allowed, Reason reason) {
    const std::int64_t limited =
        out() ? std::min(to, allowed.replicas) : std::max(to, allowed.replicas);
    if (limited == to) return true;
    to = limited;
    decision.passed[decision.passed_count++] = {stage, to};
    wake_at(allowed.next_at);
    return to != reading.replicas || stop(reason);
  }
};

bool zero(Way& way) {
  // Unless it was us: a count that another had set would be the baseline by now.
  const bool ours = way.decision.restores && way.memory.baseline.value_or(0) > 0;
  if (way.reading.replicas != 0 || way.behavior().from_zero || ours) return true;
  return way.stop(Reason::zero);
}

bool paused(Way& way) {
  if (!way.reading.hold.empty() && covers(way.reading.hold, way.out())) {
    way.decision.detail = way.reading.hold_explanation;
    return way.stop(Reason::paused);
  }
  const Pause* pause = pause_of(way.surroundings, way.behavior().rule, way.out());
  if (pause == nullptr) return true;
  std::string& detail = way.decision.detail;
  detail = pause->target.empty()
               ? pause->rule.empty() ? "everything is paused" : "this rule is paused"
               : "this target is paused";
  if (!pause->direction.empty()) detail += " for scaling " + pause->direction;
  detail += pause->until ? " until " + alert::to_text(*pause->until) : " until `scalehook resume`";
  if (!pause->comment.empty()) detail += ": " + pause->comment;
  return way.stop(Reason::paused);
}

bool startup(Way& way) {
  if (way.out() || way.now >= way.surroundings.grace_until) return true;
  const auto since = way.surroundings.started_at;
  bool confirmed = false;
  if (way.decision.action) {
    for (const auto& [key, claim] : way.memory.claims) {
      confirmed = confirmed || (key.first == way.behavior().rule && claim.confirmed_at >= since);
    }
  } else {
    confirmed = way.memory.obligation && way.memory.obligation->at >= since;
  }
  return confirmed || way.wait(Reason::unconfirmed, way.surroundings.grace_until);
}

// A step goes back so long after the resolve, and after the last change.
Moment step_back_at(const Way& way, std::chrono::seconds wait) {
  const auto& changes = way.memory.changes;
  const Moment changed_at = changes.empty() ? Moment{} : changes.back().at;
  const auto& left = way.memory.obligation;
  if (!left) return changed_at + wait;
  return std::max({changed_at, left->at, left->proven_since}) + wait;
}

bool stabilization(Way& way) {
  if (way.decision.undoes) return true;
  const auto& direction = way.out() ? way.behavior().scale_out : way.behavior().scale_in;
  if (way.decision.by_steps) {
    const Moment at = step_back_at(way, direction.stabilization);
    return at <= way.now || way.wait(Reason::stabilizing, at);
  }
  const auto allowed = stabilize(way.memory.recommendations, way.to, way.reading.replicas,
                                 direction.stabilization, way.now);
  return way.reduce(Stage::stabilization, allowed, Reason::stabilizing);
}

bool cooldown(Way& way) {
  if (way.decision.undoes) return true;
  const Cooldown& cooldown = way.behavior().cooldown;
  if (way.decision.by_steps) {
    const Moment at = step_back_at(way, cooldown.in);
    return at <= way.now || way.wait(Reason::cooldown, at);
  }
  for (auto change = way.memory.changes.rbegin(); change != way.memory.changes.rend(); ++change) {
    if (way.out() && change->replicas < 0) continue;
    const Moment end = change->at + (way.out() ? cooldown.out : cooldown.in);
    return end <= way.now || way.wait(Reason::cooldown, end);
  }
  return true;
}

bool rates(Way& way) {
  const auto allowed =
      way.out()
          ? most(way.behavior().scale_out, way.reading.replicas, way.memory.changes, way.now)
          : fewest(way.behavior().scale_in, way.reading.replicas, way.memory.changes, way.now);
  return way.reduce(Stage::rates, allowed, Reason::rate_limited);
}

bool bounds(Way& way) {
  const Limits& limits = way.behavior().limits;
  if (way.out()) {
    const auto own = way.reading.max;
    if (own && *own < std::min(way.to, limits.max)) way.decision.target_max = own;
    const auto most =
        std::max(std::min(limits.max, own.value_or(limits.max)), way.reading.replicas);
    return way.reduce(Stage::bounds, {most, {}}, Reason::at_max);
  }
  const auto least = way.behavior().to_zero ? limits.min : std::max<std::int64_t>(1, limits.min);
  return way.reduce(Stage::bounds, {std::min(least, way.reading.replicas), {}}, Reason::at_min);
}

bool contested(Way& way) { return !way.memory.contested || way.stop(Reason::contested); }

bool budget(Way& way) {
  if (!way.out() && way.surroundings.scale_in_frozen) return way.stop(Reason::frozen);
  const auto at = way.out() ? way.surroundings.out_budget_at : way.surroundings.in_budget_at;
  return !at || *at <= way.now || way.wait(Reason::budget, at);
}

void note(Decision& decision, const Proposal& proposal) {
  decision.reason = proposal.reason;
  decision.because = proposal.because;
  if (proposal.behavior != nullptr) decision.behavior = *proposal.behavior;
  decision.action = proposal.action;
  decision.restores = proposal.restores;
  decision.undoes = proposal.undoes;
  decision.by_steps = proposal.by_steps;
  decision.is_trial = proposal.is_trial;
  decision.completes = proposal.completes;
  decision.failed = proposal.failed;
  decision.fit = proposal.fit;
  decision.want = proposal.want;
  decision.value = proposal.value;
  decision.granted_at = proposal.granted_at;
  decision.wanted = proposal.replicas;
}

// Whether it comes of what claims that have closed left.
bool is_left(Because because) {
  return because == Because::left || because == Because::restored ||
         because == Because::minimized || because == Because::stepped || because == Because::undone;
}

// Only if the rule says so is a target brought within limits that it is beyond already.
void enforce_bounds(Proposal& proposal) {
  if (proposal.because != Because::asked) return;
  const Behavior& behavior = **proposal.behavior;
  if (!behavior.enforce_bounds) return;
  const auto bounded = clamp(proposal.replicas, behavior.limits);
  if (!proposal.held || bounded > proposal.replicas) proposal.replicas = bounded;
}

// Nothing moves although a claim wants more than its limits let it have.
void note_limits(Decision& decision, const Reading& reading) {
  if (decision.reason != Reason::no_change || !decision.want || !decision.behavior) return;
  const Limits& limits = decision.behavior->limits;
  if (*decision.want > std::max(limits.max, reading.replicas)) decision.reason = Reason::at_max;
  if (*decision.want < std::min(limits.min, reading.replicas)) decision.reason = Reason::at_min;
}

std::optional<Moment> earliest(std::optional<Moment> one, std::optional<Moment> other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

// Whether a rule's count follows a value that is asked for all the time.
bool is_fresh(const Memory& memory, const Behavior& behavior) {
  if (!follows_value(behavior.policy)) return false;
  for (const auto& [key, claim] : memory.claims) {
    if (key.first == behavior.rule && claim.followed) return true;
  }
  if (!memory.obligation) return false;
  const auto& traces = memory.obligation->traces;
  return std::any_of(traces.begin(), traces.end(),
                     [](const Trace& trace) { return trace.measured.has_value(); });
}

// A step out leaves a level behind, to come back to: one, though limits may let it come in pieces.
// No level lies at or above the count.
void note_level(Memory& memory, const Decision& decision) {
  memory.highest = std::max(memory.highest.value_or(*decision.from), *decision.to);
  auto& levels = memory.levels;
  while (!levels.empty() && levels.back() >= std::min(*decision.from, *decision.to)) {
    levels.pop_back();
  }
  const bool steps = !decision.behavior || !follows_value(decision.behavior->policy);
  if (*decision.to < *decision.from || !steps) return;
  const bool is_same_step = decision.granted_at && decision.granted_at == memory.level_of;
  if (!is_same_step || levels.empty()) levels.push_back(*decision.from);
  memory.level_of = decision.granted_at;
}

// Another has set the count since everything was resolved, so that there is nothing to undo.
Decision leave_to_others(Memory& memory, const Reading& reading) {
  Decision decision;
  decision.from = reading.replicas;
  decision.run = memory.began_at;
  decision.baseline = memory.baseline;
  decision.reason = Reason::changed_by_others;
  decision.behavior = memory.obligation->behavior;
  decision.resolved = alerts_of(*memory.obligation);
  end_run(memory);
  return decision;
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

std::string_view to_text(Stage stage) {
  switch (stage) {
    case Stage::stabilization:
      return "stabilization";
    case Stage::rates:
      return "rates";
    case Stage::bounds:
      return "bounds";
  }
  return "";
}

const std::string& Decision::rule() const {
  static const std::string none;
  return behavior ? behavior->rule : none;
}

Decision decide(Memory& memory, const Reading& reading, const Surroundings& surroundings,
                Moment now) {
  forget_if_replaced(memory, reading);
  const bool rebased = notice_others(memory, reading, now);
  if (rebased && memory.obligation) {
    if (memory.claims.empty()) return leave_to_others(memory, reading);
    memory.obligation.reset();
  }
  if (!memory.baseline && !memory.claims.empty()) memory.baseline = reading.replicas;
  note_serving(memory, reading, now);

  Decision decision;
  const auto steps = compute_wants(memory, reading, surroundings, now);
  Proposal proposal = combine(memory, reading, surroundings, now);
  decision.wake_at = earliest(steps.next_at, proposal.wake_at);
  decision.tells_without_effect = steps.tells_without_effect;
  enforce_bounds(proposal);
  decision.from = reading.replicas;
  decision.run = memory.began_at;
  decision.baseline = memory.baseline;
  decision.evidence = surroundings.evidence;
  note(decision, proposal);
  if (is_left(proposal.because)) decision.resolved = alerts_of(*memory.obligation);
  // Where the load is not measured nothing is recommended, as in a HorizontalPodAutoscaler.
  const bool unknown =
      decision.reason == Reason::no_evidence && decision.evidence == Evidence::unmeasured;
  if (decision.behavior && !unknown) {
    recommend(memory.recommendations, proposal.replicas, reading.replicas,
              is_fresh(memory, *decision.behavior), now);
  }
  if (proposal.replicas == reading.replicas) {
    note_limits(decision, reading);
    if (decision.reason == Reason::no_change && steps.unconfirmed) {
      decision.reason = Reason::unconfirmed;
    }
    if (decision.reason == Reason::no_change && rebased) decision.reason = Reason::rebased;
    if (decision.reason == Reason::no_change && steps.without_effect &&
        decision.behavior->stop_without_effect) {
      decision.reason = Reason::no_effect;
    }
    if (!proposal.is_over) return decision;
    if (memory.claims.empty() || is_left(proposal.because)) {
      end_run(memory);  // what fires, if anything, is only tried
    } else if (!proposal.held) {
      memory.obligation.reset();  // nothing more comes down on its account
    }
    return decision;
  }

  decision.move = proposal.replicas > reading.replicas ? Move::out : Move::in;
  Way way{memory, reading, surroundings, now, decision, proposal.replicas};
  for (const auto stage :
       {zero, paused, startup, stabilization, cooldown, rates, bounds, contested, budget}) {
    if (!stage(way)) return decision;
  }
  decision.to = way.to;
  decision.reason = proposal.undoes ? Reason::undone : Reason::applied;
  return decision;
}

void landed(Memory& memory, const Decision& decision, bool dry_run, Moment now) {
  memory.intent.reset();
  if (!dry_run) {
    memory.known = decision.to;
    memory.changes.push_back({now, *decision.to - *decision.from});
    note_level(memory, decision);
    if (decision.undoes) note_undone(memory, *decision.from, *decision.to, now);
    if (decision.restores) {
      note_restored(memory, *decision.from, *decision.to, decision.is_trial, now);
    }
  }
  if (!decision.restores) return;
  const bool reached = decision.completes && decision.to == decision.wanted;
  if (!reached && !dry_run) return;  // the rest is still to be undone
  // It may still prove wrong, where that can be asked.
  if (!dry_run && decision.evidence != Evidence::not_asked) return;
  // Alerts may have come while this was being written, or fire still: their run goes on.
  if (!fires_really(memory)) end_run(memory);
}

Intent intend(const Decision& decision, Moment now) {
  return {*decision.from,  *decision.to,      now, decision.behavior, decision.restores,
          decision.undoes, sentence(decision)};
}

std::optional<Decision> settle_intent(Memory& memory, const Reading& reading) {
  const auto intent = std::exchange(memory.intent, std::nullopt);
  if (!intent || intent->to != reading.replicas || intent->to == memory.known) return std::nullopt;
  if (!memory.uid.empty() && !reading.uid.empty() && memory.uid != reading.uid) return std::nullopt;
  Decision made;
  made.from = intent->from;
  made.to = intent->to;
  made.move = intent->to > intent->from ? Move::out : Move::in;
  made.reason = intent->undoes ? Reason::undone : Reason::applied;
  made.behavior = intent->behavior;
  made.restores = intent->restores;
  made.undoes = intent->undoes;
  made.run = memory.began_at;
  made.baseline = memory.baseline;
  made.detail = intent->explanation +
                "; whether that had been done was not heard, for the answer was lost or scalehook "
                "was stopped, and then it was found done";
  landed(memory, made, false, intent->at);
  return made;
}

}  // namespace scalehook::scaling
