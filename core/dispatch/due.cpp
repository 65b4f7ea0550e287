#include "core/dispatch/due.hpp"

#include <algorithm>

#include "core/scaling/claim.hpp"
#include "core/scaling/want.hpp"

namespace scalehook::dispatch {
namespace {

using scaling::Memory;
using scaling::Moment;

using namespace std::chrono_literals;

constexpr std::chrono::seconds usual_interval = 5min;
constexpr auto again_soon = 30s;

std::chrono::seconds interval(const scaling::Behavior& behavior) {
  return behavior.while_firing.value_or(usual_interval);
}

// The earliest of some moments.
class First {
 public:
  void consider(std::optional<Moment> at) {
    if (at) first_ = std::min(first_.value_or(*at), *at);
  }
  std::optional<Moment> get() const { return first_; }

 private:
  std::optional<Moment> first_;
};

}  // namespace

bool is_measured(const scaling::Claim& claim, const Upstream& upstream) {
  return upstream.query && scaling::follows_value(claim.behavior->policy);
}

std::optional<Moment> next_confirmation(const Memory& memory, const Upstream& upstream,
                                        std::optional<Moment> asked_at) {
  First first;
  if (upstream.alerts || upstream.query) {
    for (const auto& [key, claim] : memory.claims) {
      const auto every = interval(*claim.behavior);
      first.consider(std::max(claim.confirmed_at, asked_at.value_or(claim.confirmed_at)) + every);
      // What would be done then is better asked about just before.
      const auto before = [&](Moment at) {
        if (!asked_at || *asked_at < at) first.consider(at);
      };
      if (claim.behavior->while_firing && claim.want.replicas) before(claim.want.at + every);
      before(claim.confirmed_at + claim.behavior->claim_ttl);
    }
  }
  if (!upstream.alerts) return first.get();
  for (const auto& [key, episode] : memory.closed) {
    if (!episode.replay) continue;
    if (episode.unannounced) {
      const auto last = std::max(episode.closed_at, asked_at.value_or(episode.closed_at));
      first.consider(last + interval(*episode.replay->behavior));
      continue;
    }
    const Moment due = episode.closed_at + scaling::replay_time;
    first.consider(asked_at && *asked_at >= due ? *asked_at + again_soon : due);
  }
  return first.get();
}

std::optional<Moment> next_values(const Memory& memory, const Upstream& upstream) {
  First first;
  for (const auto& [key, claim] : memory.claims) {
    // That it still fires says nothing of its value.
    if (!is_measured(claim, upstream)) continue;
    const bool at_once = !claim.asked_at && !claim.value;
    const auto wait = at_once ? std::chrono::seconds{0} : claim.behavior->refresh;
    first.consider(claim.asked_at.value_or(claim.confirmed_at) + wait);
  }
  return first.get();
}

std::optional<Moment> next_evidence(const Memory& memory, const Upstream& upstream) {
  if (!upstream.query || !memory.obligation) return std::nullopt;
  const auto& left = *memory.obligation;
  if (left.how == scaling::OnResolved::hold) return std::nullopt;
  return left.asked_at.value_or(left.at) + left.behavior->refresh;
}

std::optional<Moment> next_inquiry(const Memory& memory, const Upstream& upstream,
                                   std::optional<Moment> asked_at) {
  First first;
  first.consider(next_confirmation(memory, upstream, asked_at));
  first.consider(next_values(memory, upstream));
  first.consider(next_evidence(memory, upstream));
  return first.get();
}

}  // namespace scalehook::dispatch
