#include "core/scaling/want.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/scaling/serving.hpp"

namespace scalehook::scaling {
namespace {

// More than any cluster has, and far from where integers overflow.
constexpr double most = 1e9;
// Beyond this, relative to the number, a difference is not the noise of floating-point division.
constexpr double noise = 1e-9;

std::int64_t whole(double replicas) {
  if (!(replicas > 0)) return 0;  // NaN is not
  return static_cast<std::int64_t>(std::min(replicas, most));
}

struct Computation {
  Action action;
  const Measure& measure;

  using Result = std::optional<std::int64_t>;

  Result moved_by(std::int64_t replicas) const {
    if (action == Action::scale_in) {
      return std::max<std::int64_t>(0, measure.replicas - replicas);
    }
    return measure.replicas + replicas;
  }

  Result operator()(const Step& step) const { return moved_by(step.replicas); }

  Result operator()(const Percent& percent) const {
    const double part = static_cast<double>(measure.replicas) * percent.percent / 100.0;
    const double rounded = action == Action::scale_in ? std::floor(part) : std::ceil(part);
    return moved_by(std::max<std::int64_t>(1, whole(rounded)));
  }

  // As replica_calculator.go does it: on the way in, replicas that are not ready count as fully
  // used, so that one that starts is not a reason to take another away.
  Result operator()(const Ratio& ratio) const {
    if (!measure.value) return std::nullopt;
    const double usage = *measure.value / ratio.target;
    if (is_near(usage, measure.tolerance)) return measure.replicas;
    const auto ready = measure.ready.value_or(measure.replicas);
    if (ready == 0) return measure.replicas;  // what nothing serves is the value of nothing
    const auto used = enough(measure.serving.value_or(static_cast<double>(ready)) * usage);
    if (used >= measure.replicas) return used;
    const auto unready = std::max<std::int64_t>(0, measure.replicas - ready);
    return std::min(measure.replicas, used + unready);
  }

  Result operator()(const PerReplica& per_replica) const {
    if (!measure.value) return std::nullopt;
    const double replicas = *measure.value / per_replica.target;
    if (is_near(replicas / static_cast<double>(measure.replicas), measure.tolerance)) {
      return measure.replicas;
    }
    return enough(replicas);
  }

  Result operator()(const Set& set) const {
    if (set.replicas) return set.replicas;
    if (!measure.value) return std::nullopt;
    return enough(*measure.value);
  }
};

}  // namespace

std::int64_t enough(double quotient) {
  const double nearest = std::round(quotient);
  const bool is_whole = std::abs(quotient - nearest) <= noise * std::max(1.0, std::abs(nearest));
  return whole(is_whole ? nearest : std::ceil(quotient));
}

bool is_near(double usage, double tolerance) { return std::abs(usage - 1.0) <= tolerance + noise; }

std::optional<std::int64_t> want(const Policy& policy, Action action, const Measure& measure) {
  return std::visit(Computation{action, measure}, policy);
}

bool follows_value(const Policy& policy) {
  if (const auto* set = std::get_if<Set>(&policy)) return !set->replicas;
  return std::holds_alternative<Ratio>(policy) || std::holds_alternative<PerReplica>(policy);
}

bool goes_by_steps(const Policy& policy) {
  return std::holds_alternative<Step>(policy) || std::holds_alternative<Percent>(policy);
}

std::int64_t clamp(std::int64_t replicas, const Limits& limits) {
  return std::clamp(replicas, limits.min, limits.max);
}

namespace {

constexpr std::size_t steps_judged = 3;
constexpr double least_effect = 0.05;

Measure measure_of(const Claim& claim, const Memory& memory, const Reading& reading) {
  return {reading.replicas, reading.ready, claim.value, mean_serving(memory, claim.sampled_at),
          claim.behavior->tolerance};
}

Moment changed_at(const Memory& memory) {
  return memory.changes.empty() ? Moment{} : memory.changes.back().at;
}

// At a further step only what Prometheus measured since the last one counts, because a
// notification's value may be hours old by then.
void note_measure(Want& want, const Claim& claim, bool is_fresh) {
  if (!is_fresh || !claim.value) return want.measures.clear();
  want.measures.push_back(*claim.value);
  if (want.measures.size() > steps_judged + 1) want.measures.erase(want.measures.begin());
}

void compute(Claim& claim, const Memory& memory, const Reading& reading, Moment now) {
  const Behavior& behavior = *claim.behavior;
  const bool granted = std::exchange(claim.rebuilt, false) && goes_by_steps(behavior.policy);
  const auto computed =
      granted ? std::optional{reading.replicas}
              : want(behavior.policy, claim.action, measure_of(claim, memory, reading));
  if (!computed) return;  // the previous one is kept
  claim.want = {computed, claim.value, now};
  if (goes_by_steps(behavior.policy)) note_measure(claim.want, claim, true);
  claim.measured = false;
}

bool alike(const std::pair<const Key, Claim>& one, const std::pair<const Key, Claim>& other) {
  return one.first.first == other.first.first && one.second.action == other.second.action;
}

// Whether the last change out serves, or has had its time.
bool has_landed(const Memory& memory, const Reading& reading, const Behavior& behavior,
                Moment now) {
  if (memory.changes.empty() || !memory.known || !reading.ready) return true;
  return *reading.ready >= *memory.known || now - changed_at(memory) >= behavior.landing_timeout;
}

bool has_new_sample(const Claim& claim) {
  if (!follows_value(claim.behavior->policy)) return false;
  return claim.value != claim.want.value || claim.measured;
}

// Whether the steps that were judged have left the measure no better.
bool is_without_effect(const Want& want, bool below) {
  if (want.measures.size() <= steps_judged) return false;
  const double before = want.measures.front();
  const double after = want.measures.back();
  return below ? after < before * (1 + least_effect) : after > before * (1 - least_effect);
}

constexpr auto landing_check = std::chrono::seconds{15};

// Notes the measure at a further step, and whether the last ones have helped. Once they have not,
// it is said once; a measure that moves afterwards begins a new judgement.
void weigh_effect(Want& granted, const Claim& claim, Steps& result) {
  note_measure(granted, claim, claim.measured);
  const bool without = is_without_effect(granted, claim.below);
  result.without_effect = without;
  result.tells_without_effect = without && !granted.without_effect;
  granted.without_effect = granted.without_effect || without;
}

// Grants all claims of one rule and action their next step, if it is due. `entry` is the first.
void step_further(const std::pair<const Key, Claim>& entry, Memory& memory, const Reading& reading,
                  bool blocked, Moment now, Steps& result) {
  const Claim& claim = entry.second;
  const Behavior& behavior = *claim.behavior;
  const auto wake_at = [&](Moment at) {
    result.next_at = std::min(result.next_at.value_or(at), at);
  };
  const Moment due = claim.want.at + *behavior.while_firing;
  if (now < due) return wake_at(due);

  bool confirmed = false;
  for (const auto& other : memory.claims) {
    if (!alike(entry, other)) continue;
    if (other.second.suppressed) continue;
    confirmed = confirmed || other.second.confirmed_at > claim.want.at;
  }
  Want granted = claim.want;
  if (blocked) {
    granted.at = now;
  } else if (!confirmed) {
    result.unconfirmed = true;
    return;
  } else if (claim.action == Action::scale_out && !has_landed(memory, reading, behavior, now)) {
    result.landing = true;
    return wake_at(now + landing_check);
  } else {
    const auto further = *want(behavior.policy, claim.action, measure_of(claim, memory, reading));
    // At its limit it asks for no more, so that it does not ask for ever more.
    const bool rises = clamp(further, behavior.limits) > clamp(*granted.replicas, behavior.limits);
    const bool falls = clamp(further, behavior.limits) < clamp(*granted.replicas, behavior.limits);
    if (claim.action == Action::scale_out && rises) {
      weigh_effect(granted, claim, result);
      if (!result.without_effect || !behavior.stop_without_effect) granted.replicas = further;
    } else if (claim.action != Action::scale_out && falls) {
      granted.replicas = further;
    }
    granted.at = now;
  }
  wake_at(now + *behavior.while_firing);
  for (auto& other : memory.claims) {
    if (!alike(entry, other)) continue;
    other.second.want = granted;
    other.second.measured = false;
  }
}

}  // namespace

Steps compute_wants(Memory& memory, const Reading& reading, const Surroundings& surroundings,
                    Moment now) {
  // Claims that open in one decision compute from the same count, so a step is the same for each.
  for (auto& [key, claim] : memory.claims) {
    if (claim.action == Action::hold || claim.suppressed) continue;
    if (!claim.want.replicas || has_new_sample(claim)) compute(claim, memory, reading, now);
  }
  Steps result;
  for (auto entry = memory.claims.begin(); entry != memory.claims.end(); ++entry) {
    const Claim& claim = entry->second;
    const Behavior& behavior = *claim.behavior;
    if (!behavior.while_firing || !goes_by_steps(behavior.policy) || !claim.want.replicas) continue;
    const bool first = std::none_of(memory.claims.begin(), entry,
                                    [&](const auto& earlier) { return alike(earlier, *entry); });
    if (!first) continue;
    const bool blocked =
        is_blocked(reading, surroundings, behavior.rule, claim.action != Action::scale_in);
    step_further(*entry, memory, reading, blocked, now, result);
  }
  return result;
}

}  // namespace scalehook::scaling
