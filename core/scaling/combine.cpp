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

Proposal of_claim(const Claim& claim, std::int64_t replicas, Because because, Reason reason) {
  Proposal proposal;
  proposal.replicas = replicas;
  proposal.reason = reason;
  proposal.because = because;
  proposal.behavior = &claim.behavior;
  proposal.action = claim.action;
  proposal.want = claim.want.replicas;
  proposal.value = claim.want.value;
  proposal.granted_at = claim.want.at;
  return proposal;
}

Because because_of(const Restore& restore, OnResolved how) {
  if (restore.undoes) return Because::undone;
  switch (how) {
    case OnResolved::hold:
      return Because::left;
    case OnResolved::restore:
      return Because::restored;
    case OnResolved::min:
      return Because::minimized;
    case OnResolved::step:
      return Because::stepped;
  }
  return Because::left;
}

// What the restore adds to a proposal that it goes into.
void add(Proposal& proposal, const Restore& restore) {
  proposal.restores = !restore.undoes;
  proposal.undoes = restore.undoes;
  proposal.by_steps = restore.by_steps;
  proposal.is_trial = restore.is_trial;
  proposal.completes = restore.completes;
  proposal.fit = restore.fit;
  proposal.failed = restore.failed;
  proposal.wake_at = restore.wake_at;
}

Proposal of_restore(const Restore& restore, OnResolved how) {
  Proposal proposal;
  proposal.replicas = restore.replicas;
  proposal.reason = restore.reason;
  proposal.because = because_of(restore, how);
  proposal.behavior = restore.behavior;
  add(proposal, restore);
  proposal.restores = proposal.restores && how != OnResolved::hold;
  if (restore.value) {
    proposal.value = restore.value;
    proposal.want = restore.replicas;
  }
  proposal.is_over = restore.is_done;
  return proposal;
}

// `left`: what others, resolved, leave to be undone; null if nothing.
Proposal outward(const Sides& claims, const Reading& reading, std::int64_t baseline,
                 const Restore* left, bool is_kept) {
  const auto to = std::max(clamped(*claims.out, baseline), baseline);
  auto proposal = of_claim(*claims.out, to, Because::asked, Reason::no_change);
  proposal.held = claims.holds();
  if (left != nullptr) proposal.is_over = left->replicas <= std::min(left->goal, to);
  if (to >= reading.replicas) return proposal;
  // A fallen value or another's resolve lets the count come down while this fires; nothing else.
  if (!proposal.held && left == nullptr && !is_kept && claims.follows) return proposal;
  proposal.replicas = reading.replicas;
  proposal.is_over = false;
  if (is_kept && claims.follows && !proposal.held) proposal.reason = Reason::held;
  if (proposal.held || left == nullptr) return proposal;
  proposal.replicas = std::max(to, left->replicas);
  proposal.reason = left->reason;
  add(proposal, *left);
  return proposal;
}

}  // namespace

Proposal combine(Memory& memory, const Reading& reading, const Surroundings& surroundings,
                 Moment now) {
  const std::int64_t baseline = memory.baseline.value_or(reading.replicas);
  const Sides claims = sides(memory, surroundings, baseline);
  std::optional<Restore> left;
  OnResolved how = OnResolved::hold;
  if (memory.obligation) {
    how = memory.obligation->how;
    left = restore(memory, reading, surroundings.evidence, now);
  }
  const bool outdone =
      claims.out != nullptr && left && clamped(*claims.out, baseline) >= left->replicas;
  if (left && left->undoes && !outdone) return of_restore(*left, how);
  if (claims.out != nullptr) {
    const bool is_kept = left && how == OnResolved::hold;
    return outward(claims, reading, baseline, left && !is_kept ? &*left : nullptr, is_kept);
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
  if (left) return of_restore(*left, how);
  Proposal proposal;
  proposal.replicas = reading.replicas;
  proposal.is_over = true;
  return proposal;
}

}  // namespace scalehook::scaling
