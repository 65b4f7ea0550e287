#include "core/scaling/want.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace scalehook::scaling {
namespace {

// A HorizontalPodAutoscaler's default: nearer to 1 than this a ratio asks for no change.
constexpr double tolerance = 0.1;
// More than any cluster has, and far from where integers overflow.
constexpr double most = 1e9;

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

  Result operator()(const Ratio& ratio) const {
    if (!measure.value) return std::nullopt;
    const double usage = *measure.value / ratio.target;
    if (std::abs(usage - 1.0) <= tolerance) return measure.replicas;
    const auto ready = measure.ready.value_or(measure.replicas);
    if (ready == 0) return measure.replicas;  // what nothing serves is the value of nothing
    return whole(std::ceil(static_cast<double>(ready) * usage));
  }

  Result operator()(const PerReplica& per_replica) const {
    if (!measure.value) return std::nullopt;
    return whole(std::ceil(*measure.value / per_replica.target));
  }

  Result operator()(const Set& set) const {
    if (set.replicas) return set.replicas;
    if (!measure.value) return std::nullopt;
    return whole(std::ceil(*measure.value));
  }
};

}  // namespace

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

Moment changed_at(const Memory& memory) {
  return memory.changes.empty() ? Moment{} : memory.changes.back().at;
}

void compute(Claim& claim, const Reading& reading, Moment now) {
  const bool granted = std::exchange(claim.rebuilt, false) && goes_by_steps(claim.behavior->policy);
  const auto computed = granted ? std::optional{reading.replicas}
                                : want(claim.behavior->policy, claim.action,
                                       {reading.replicas, reading.ready, claim.value});
  if (!computed) return;  // the previous one is kept
  claim.want = {computed, claim.value, now};
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

bool has_new_sample(const Claim& claim, const Memory& memory, const Reading& reading, Moment now) {
  if (!follows_value(claim.behavior->policy)) return false;
  if (claim.value == claim.want.value && !claim.measured) return false;
  if (!std::holds_alternative<Ratio>(claim.behavior->policy) || memory.changes.empty()) return true;
  // A ratio is taken of what serves: a sample from before the last change landed is of another
  // count.
  return claim.sampled_at >= changed_at(memory) + claim.behavior->cooldown.out &&
         has_landed(memory, reading, *claim.behavior, now);
}

constexpr auto landing_check = std::chrono::seconds{15};

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
    const auto further =
        *want(behavior.policy, claim.action, {reading.replicas, reading.ready, {}});
    // At its limit it asks for no more, lest it ask for ever more.
    const bool rises = clamp(further, behavior.limits) > clamp(*granted.replicas, behavior.limits);
    const bool falls = clamp(further, behavior.limits) < clamp(*granted.replicas, behavior.limits);
    if (claim.action == Action::scale_out ? rises : falls) granted.replicas = further;
    granted.at = now;
  }
  wake_at(now + *behavior.while_firing);
  for (auto& other : memory.claims) {
    if (alike(entry, other)) other.second.want = granted;
  }
}

}  // namespace

Steps compute_wants(Memory& memory, const Reading& reading, const Surroundings& surroundings,
                    Moment now) {
  // Claims that open in one decision compute from the same count, so a step is the same for each.
  for (auto& [key, claim] : memory.claims) {
    if (claim.action == Action::hold || claim.suppressed) continue;
    if (!claim.want.replicas || has_new_sample(claim, memory, reading, now)) {
      compute(claim, reading, now);
    }
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
