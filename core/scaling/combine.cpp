#include "core/scaling/combine.hpp"

#include <algorithm>
#include <utility>

#include "core/scaling/obligation.hpp"
#include "core/scaling/want.hpp"

namespace scalehook::scaling {
namespace {

// scale-to competes as the direction it moves the run's baseline in.
bool goes_out(const Claim& claim, std::int64_t baseline) {
  if (claim.action == Action::scale_to) return *claim.want.replicas >= baseline;
  return claim.action == Action::scale_out;
}

std::int64_t clamped(const Claim& claim, std::int64_t baseline) {
  const Limits& limits = claim.behavior->limits;
  if (goes_out(claim, baseline)) return clamp(*claim.want.replicas, limits);
  return std::max(*claim.want.replicas, limits.min);
}

// The claims that have a say, by the way they want to go.
struct Sides {
  const Claim* out = nullptr;
  const Claim* in = nullptr;
  const Claim* hold = nullptr;
  const Claim* suppressed = nullptr;
  const Claim* without_value = nullptr;
  const Claim* paused = nullptr;  // the highest out of a rule that is paused beside others
  bool follows = false;           // one that goes out follows a value, and so may fall

  bool holds() const { return hold != nullptr || suppressed != nullptr || paused != nullptr; }
};

Sides sides(const Memory& memory, const Surroundings& surroundings, std::int64_t baseline) {
  Sides sides;
  const bool real =
      fires_really(memory) || (memory.obligation && !memory.obligation->behavior->dry_run);
  const auto put = [&](const Claim*& best, const Claim& claim) {
    if (best == nullptr || clamped(claim, baseline) > clamped(*best, baseline)) best = &claim;
  };
  for (const auto& [key, claim] : memory.claims) {
    if (real && claim.behavior->dry_run) continue;
    if (claim.suppressed) {
      sides.suppressed = &claim;
    } else if (claim.action == Action::hold) {
      sides.hold = &claim;
    } else if (!claim.want.replicas) {
      sides.without_value = &claim;
    } else if (!goes_out(claim, baseline)) {
      put(sides.in, claim);
    } else {
      put(pause_of(surroundings, key.first, true) == nullptr ? sides.out : sides.paused, claim);
      sides.follows = sides.follows || follows_value(claim.behavior->policy);
    }
  }
  if (sides.out == nullptr) sides.out = std::exchange(sides.paused, nullptr);
  return sides;
}

bool is_proven(Evidence evidence) {
  return evidence == Evidence::not_asked || evidence == Evidence::load_gone;
}

Proposal of_claim(const Claim& claim, std::int64_t replicas, Because because, Reason reason) {
  Proposal proposal;
  proposal.replicas = replicas;
  proposal.reason = reason;
  proposal.because = because;
  proposal.behavior = &claim.behavior;
  proposal.action = claim.action;
  proposal.want = claim.want.replicas;
  proposal.value = claim.want.value;
  return proposal;
}

Proposal outward(Memory& memory, const Sides& claims, const Reading& reading, std::int64_t baseline,
                 Evidence evidence) {
  auto proposal = of_claim(*claims.out, std::max(clamped(*claims.out, baseline), baseline),
                           Because::asked, Reason::no_change);
  proposal.held = claims.holds();
  if (proposal.replicas >= reading.replicas) return proposal;
  // A fallen value or another's resolve lets the count come down while this fires; nothing else.
  const bool left = memory.obligation.has_value();
  const bool kept = left && memory.obligation->how == OnResolved::hold;
  const bool proven = is_proven(evidence);
  if (left) memory.obligation->doubted = !kept && !proven;
  proposal.restores = left && !kept;
  if (!proposal.held && !kept && (left ? proven : claims.follows)) return proposal;
  proposal.replicas = reading.replicas;
  if (proposal.held) return proposal;
  if (left && !kept && !proven) proposal.reason = Reason::no_evidence;
  if (kept && claims.follows) proposal.reason = Reason::held;
  return proposal;
}

std::int64_t step_back(const Behavior& behavior, const Reading& reading, std::int64_t baseline) {
  if (!goes_by_steps(behavior.policy)) return baseline;
  const bool in = reading.replicas > baseline;
  const auto step = want(behavior.policy, in ? Action::scale_in : Action::scale_out,
                         {reading.replicas, reading.ready, std::nullopt});
  const std::int64_t to = step.value_or(baseline);
  return in ? std::max(to, baseline) : std::min(to, baseline);
}

Proposal resolved(Memory& memory, const Reading& reading, Evidence evidence) {
  Obligation& left = *memory.obligation;
  const std::int64_t baseline = memory.baseline.value_or(reading.replicas);
  Proposal proposal;
  proposal.behavior = &left.behavior;
  proposal.restores = left.how != OnResolved::hold;
  switch (left.how) {
    case OnResolved::hold:
      proposal.replicas = reading.replicas;
      proposal.reason = Reason::held;
      proposal.because = Because::left;
      return proposal;
    case OnResolved::restore:
      left.to = baseline;
      proposal.because = Because::restored;
      break;
    case OnResolved::min:
      if (!left.to) left.to = std::min(left.behavior->limits.min, reading.replicas);
      proposal.because = Because::minimized;
      break;
    case OnResolved::step:
      if (!left.to) left.to = step_back(*left.behavior, reading, baseline);
      proposal.because = Because::stepped;
      break;
  }
  // What its limits do not let it undo is done with.
  const Limits& limits = left.behavior->limits;
  const auto least = left.behavior->to_zero ? limits.min : std::max<std::int64_t>(1, limits.min);
  proposal.replicas = *left.to < reading.replicas
                          ? std::max(*left.to, std::min(least, reading.replicas))
                          : std::min(*left.to, std::max(limits.max, reading.replicas));
  if (proposal.replicas == reading.replicas && *left.to != reading.replicas) {
    proposal.reason = *left.to < reading.replicas ? Reason::at_min : Reason::at_max;
  }
  left.doubted = proposal.replicas < reading.replicas && !is_proven(evidence);
  if (left.doubted) {
    proposal.replicas = reading.replicas;
    proposal.reason = Reason::no_evidence;
  }
  return proposal;
}

}  // namespace

Proposal combine(Memory& memory, const Reading& reading, const Surroundings& surroundings) {
  const std::int64_t baseline = memory.baseline.value_or(reading.replicas);
  const Sides claims = sides(memory, surroundings, baseline);
  if (claims.out != nullptr) {
    return outward(memory, claims, reading, baseline, surroundings.evidence);
  }
  if (claims.in != nullptr && !claims.holds()) {
    // A count that was set is gone to from both sides.
    const auto want = clamped(*claims.in, baseline);
    const bool sets = claims.in->action == Action::scale_to;
    const auto to = sets ? want : std::min(want, reading.replicas);
    return of_claim(*claims.in, to, Because::asked, Reason::no_change);
  }
  if (claims.hold != nullptr) {
    return of_claim(*claims.hold, reading.replicas, Because::held, Reason::held);
  }
  if (claims.suppressed != nullptr) {
    return of_claim(*claims.suppressed, reading.replicas, Because::suppressed, Reason::suppressed);
  }
  if (claims.without_value != nullptr) {
    return of_claim(*claims.without_value, reading.replicas, Because::no_value, Reason::bad_value);
  }
  if (memory.obligation) return resolved(memory, reading, surroundings.evidence);
  Proposal proposal;
  proposal.replicas = reading.replicas;
  return proposal;
}

}  // namespace scalehook::scaling
