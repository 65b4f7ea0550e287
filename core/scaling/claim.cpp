#include "core/scaling/claim.hpp"

#include <algorithm>
#include <set>

#include "core/scaling/want.hpp"

namespace scalehook::scaling {
namespace {

// What a rule does once its alert is resolved: one that took replicas, or set a count outright,
// does not silently undo it.
OnResolved on_resolved(const Claim& claim) {
  if (claim.behavior->on_resolved) return *claim.behavior->on_resolved;
  return claim.action == Action::scale_out ? OnResolved::restore : OnResolved::hold;
}

// The higher, the more it leaves alone.
int caution(OnResolved how) {
  switch (how) {
    case OnResolved::hold:
      return 3;
    case OnResolved::step:
      return 2;
    case OnResolved::restore:
      return 1;
    case OnResolved::min:
      return 0;
  }
  return 3;
}

// Of several claims in one run the most cautious has its way.
void oblige(Memory& memory, const Claim& claim) {
  if (claim.action == Action::hold) return;  // it moved nothing, so nothing is to be undone
  const OnResolved how = on_resolved(claim);
  if (memory.obligation && caution(memory.obligation->how) >= caution(how)) return;
  memory.obligation = Obligation{how, claim.rule, claim.behavior};
}

// The step that an open claim of the same rule was granted: it is granted once a rule, however many
// alerts of that rule fire, beside each other or one after the other without a gap.
std::optional<std::int64_t> granted(const Memory& memory, const Observation& seen) {
  if (follows_value(seen.behavior->policy)) return std::nullopt;
  for (const auto& [key, claim] : memory.claims) {
    if (claim.rule == seen.rule && claim.action == seen.action && claim.want) return claim.want;
  }
  return std::nullopt;
}

Effect fire(Memory& memory, const Observation& seen, Time now) {
  const auto step = granted(memory, seen);
  auto [place, opened] = memory.claims.try_emplace({seen.rule, seen.identity});
  Claim& claim = place->second;
  if (opened) {
    claim.rule = seen.rule;
    claim.action = seen.action;
    claim.want = step;
  }
  claim.behavior = seen.behavior;
  claim.confirmed_at = now;
  // The newest startsAt counts: a delayed or second sender's older one only confirms.
  const auto [series, joined] = claim.firing.try_emplace(seen.series, seen.starts_at);
  series->second = std::max(series->second, seen.starts_at);
  const bool sampled = seen.value && seen.value != claim.value;
  if (seen.value) {
    claim.value = seen.value;
    claim.sampled_at = now;
  }
  if (opened || joined) return Effect::opened;
  if (!follows_value(claim.behavior->policy)) return Effect::duplicate;
  if (!seen.value) return Effect::no_value;
  return sampled ? Effect::sampled : Effect::duplicate;
}

Effect resolve(Memory& memory, const Observation& seen) {
  const auto place = memory.claims.find({seen.rule, seen.identity});
  if (place == memory.claims.end()) return Effect::duplicate;
  Claim& claim = place->second;
  const auto series = claim.firing.find(seen.series);
  if (series == claim.firing.end()) return Effect::duplicate;
  if (seen.ends_at && *seen.ends_at <= series->second) return Effect::old;
  claim.firing.erase(series);
  if (!claim.firing.empty()) return Effect::narrowed;
  oblige(memory, claim);
  memory.claims.erase(place);
  return Effect::closed;
}

}  // namespace

std::vector<Effect> observe(Memory& memory, const std::vector<Observation>& observations,
                            Time now) {
  std::set<std::pair<Memory::Key, alert::Labels>> firing;
  for (const auto& seen : observations) {
    if (seen.status == alert::Status::firing)
      firing.insert({{seen.rule, seen.identity}, seen.series});
  }

  std::vector<Effect> effects(observations.size());
  const auto apply = [&](alert::Status status, auto&& one) {
    for (std::size_t index = 0; index < observations.size(); ++index) {
      if (observations[index].status == status) effects[index] = one(observations[index]);
    }
  };
  // Firing ones first, so that one that takes another's place takes over its step.
  const auto deciding = [&] {
    return std::count_if(memory.claims.begin(), memory.claims.end(),
                         [](const auto& entry) { return entry.second.action != Action::hold; });
  };
  const auto before = deciding();
  apply(alert::Status::firing, [&](const Observation& seen) { return fire(memory, seen, now); });
  const bool opened = deciding() > before;
  apply(alert::Status::resolved, [&](const Observation& seen) {
    if (firing.contains({{seen.rule, seen.identity}, seen.series})) return Effect::overtaken;
    return resolve(memory, seen);
  });
  // A claim that opens decides from now on, and the baseline is kept; a hold decides nothing, so
  // what is left to do waits for its end.
  if (opened) memory.obligation.reset();
  return effects;
}

void end_run(Memory& memory) {
  memory.obligation.reset();
  if (!memory.claims.empty()) return;
  memory.baseline.reset();
  memory.known.reset();
}

void drop_rule(Memory& memory, const std::string& rule) {
  std::erase_if(memory.claims, [&](const auto& entry) { return entry.first.first == rule; });
  if (memory.obligation && memory.obligation->rule == rule) memory.obligation.reset();
  if (memory.claims.empty() && !memory.obligation) end_run(memory);
}

void replace_behavior(Memory& memory, const std::string& rule,
                      const std::shared_ptr<const Behavior>& behavior) {
  for (auto& [key, claim] : memory.claims) {
    if (key.first == rule) claim.behavior = behavior;
  }
  if (memory.obligation && memory.obligation->rule == rule) memory.obligation->behavior = behavior;
}

}  // namespace scalehook::scaling
