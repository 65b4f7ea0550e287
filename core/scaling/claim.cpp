#include "core/scaling/claim.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "core/scaling/failure.hpp"
#include "core/scaling/obligation.hpp"
#include "core/scaling/want.hpp"

namespace scalehook::scaling {
namespace {

using namespace std::chrono_literals;

// Longer than Alertmanager's repeat_interval is anywhere: a repeat reopens what expired.
constexpr auto episode_time = 24h;
// As long as the longest cooldown.
constexpr auto changes_kept = 24h;
// A label that takes ever new values makes ever new episodes.
constexpr std::size_t most_episodes = 256;

Episode& remember(Memory& memory, const Key& key, Moment now) {
  Episode& episode = memory.closed[key];
  episode.closed_at = now;
  if (memory.closed.size() > most_episodes) {
    auto oldest = memory.closed.end();
    for (auto place = memory.closed.begin(); place != memory.closed.end(); ++place) {
      if (&place->second == &episode) continue;
      if (oldest == memory.closed.end() || place->second.closed_at < oldest->second.closed_at) {
        oldest = place;
      }
    }
    memory.closed.erase(oldest);
  }
  return episode;
}

// The claim as it would go on if those of its series fire that came again too soon to tell.
std::optional<Claim> replayed(const Claim& claim) {
  Claim replay = claim;
  replay.firing.clear();
  for (const auto& [series, resolved] : claim.resolved) {
    if (resolved.repeated) replay.firing[series] = resolved.starts_at;
  }
  if (replay.firing.empty()) return std::nullopt;
  return replay;
}

using Claims = std::map<Key, Claim>;

Claims::iterator close(Memory& memory, Claims::iterator place, OnResolved how, Moment now) {
  const auto& [key, claim] = *place;
  Episode& episode = remember(memory, key, now);
  episode.series = claim.resolved;
  for (const auto& [series, starts_at] : claim.firing) episode.series[series] = {starts_at, now};
  episode.expired = false;
  episode.unannounced = false;
  episode.replay = replayed(claim);
  episode.want = claim.want;
  episode.began_at = memory.began_at;
  episode.baseline = memory.baseline;
  episode.known = memory.known;
  oblige(memory, key, claim, how, now);
  return memory.claims.erase(place);
}

// The step that open claims of the same rule and action were granted: it is granted once a rule,
// however many alerts of that rule fire, beside each other or one after the other without a gap.
Want granted(const Memory& memory, const Behavior& behavior, Action action) {
  if (follows_value(behavior.policy)) return {};
  for (const auto& [key, claim] : memory.claims) {
    if (key.first == behavior.rule && claim.action == action && claim.want.replicas) {
      return claim.want;
    }
  }
  return {};
}

void take_up(Memory& memory, Claim& claim, const Episode& episode) {
  claim.want = episode.want;
  if (!memory.began_at) memory.began_at = episode.began_at;
  if (!memory.baseline) memory.baseline = episode.baseline;
  if (!memory.known) memory.known = episode.known;
}

void refresh(Claim& claim, const Observation& seen, Moment now) {
  claim.behavior = seen.series->behavior;
  claim.confirmed_at = now;
  claim.suppressed = false;
  if (!seen.series->generator_url.empty()) claim.generator_url = seen.series->generator_url;
  // The newest startsAt counts: a delayed or second sender's older one only confirms.
  const auto series = claim.firing.try_emplace(seen.series->labels, seen.starts_at).first;
  series->second = std::max(series->second, seen.starts_at);
  claim.resolved.erase(seen.series->labels);
  if (!seen.series->value) return;
  claim.value = seen.series->value;
  claim.sampled_at = now;
  claim.followed = false;
}

// Whether it fires as it did before it was resolved.
bool repeats(const std::map<alert::Labels, Resolved>& resolved, const Observation& seen) {
  const auto series = resolved.find(seen.series->labels);
  return series != resolved.end() && seen.starts_at <= series->second.starts_at;
}
bool replays(const std::map<alert::Labels, Resolved>& resolved, const Observation& seen,
             Moment now) {
  return repeats(resolved, seen) && now - resolved.at(seen.series->labels).at <= replay_time;
}

// With the baseline and, unless others of its rule have been granted one since, the want of the
// episode that goes on, if there is one.
void start(Memory& memory, const Key& key, Claim claim, const Episode* going_on, Moment now) {
  note_return(memory, claim, now);
  supersede(memory, key, claim);
  if (going_on != nullptr) take_up(memory, claim, *going_on);
  // Of a run in which the target was never read there is nothing to go on.
  const bool afresh = memory.claims.empty() && !memory.known && going_on == nullptr;
  if (!memory.began_at || afresh) memory.began_at = now;
  if (const Want want = granted(memory, *claim.behavior, claim.action); want.replicas) {
    claim.want = want;
  }
  memory.closed.erase(key);
  memory.claims.emplace(key, std::move(claim));
}

// Whether it was resolved, and nothing has been taken back since.
bool is_unmoved(const Memory& memory, const Key& key) {
  if (!memory.obligation || memory.obligation->moved || !memory.known) return false;
  const auto& traces = memory.obligation->traces;
  return std::any_of(traces.begin(), traces.end(),
                     [&](const Trace& trace) { return trace.key == key; });
}

Effect open(Memory& memory, const Key& key, const Observation& seen, Moment now) {
  Claim claim;
  claim.action = seen.series->action;
  refresh(claim, seen, now);
  const auto before = memory.closed.find(key);
  if (before == memory.closed.end()) {
    start(memory, key, std::move(claim), nullptr, now);
    return Effect::opened;
  }
  Episode& episode = before->second;
  const bool again = repeats(episode.series, seen);
  const bool said = !episode.expired && !episode.unannounced;  // that it was resolved
  if (again && said && replays(episode.series, seen, now)) {
    episode.replay = std::move(claim);
    return Effect::stale;
  }
  // A resolve that nothing has come of has ended nothing: the next step is due as if it had fired
  // on.
  const bool goes_on = again || episode.expired || is_unmoved(memory, key);
  start(memory, key, std::move(claim), goes_on ? &episode : nullptr, now);
  return goes_on ? Effect::reopened : Effect::opened;
}

Effect fire(Memory& memory, const Observation& seen, Moment now) {
  const Key& key = seen.series->key;
  const auto place = memory.claims.find(key);
  if (place == memory.claims.end()) return open(memory, key, seen, now);
  Claim& claim = place->second;
  if (replays(claim.resolved, seen, now)) {
    claim.resolved[seen.series->labels].repeated = true;
    return Effect::stale;
  }
  const bool joins = !claim.firing.contains(seen.series->labels);
  const bool sampled = seen.series->value && seen.series->value != claim.value;
  refresh(claim, seen, now);
  if (joins) return Effect::opened;
  if (!follows_value(claim.behavior->policy)) return Effect::duplicate;
  if (!seen.series->value) return Effect::no_value;
  return sampled ? Effect::sampled : Effect::duplicate;
}

Effect resolve(Memory& memory, const Observation& seen, Moment now) {
  const Key& key = seen.series->key;
  const auto place = memory.claims.find(key);
  if (place == memory.claims.end()) {
    // Its firing may yet come, delayed on another way.
    const bool known = memory.closed.contains(key);
    Episode& episode = known ? memory.closed[key] : remember(memory, key, now);
    const auto [series, added] =
        episode.series.try_emplace(seen.series->labels, Resolved{seen.starts_at, now});
    if (!added && seen.starts_at > series->second.starts_at) series->second = {seen.starts_at, now};
    if (episode.unannounced) {
      episode.unannounced = false;
      episode.replay.reset();
    }
    return Effect::duplicate;
  }
  Claim& claim = place->second;
  const auto series = claim.firing.find(seen.series->labels);
  std::erase_if(claim.resolved, [&](const auto& entry) {
    return now - entry.second.at > replay_time && !entry.second.repeated;
  });
  if (series == claim.firing.end()) {  // its firing may yet come
    claim.resolved.try_emplace(seen.series->labels, Resolved{seen.starts_at, now});
    return Effect::duplicate;
  }
  if (seen.ends_at && *seen.ends_at <= series->second) return Effect::old;
  series->second = std::max(series->second, seen.starts_at);  // the firing of that may be late
  if (claim.firing.size() == 1) {
    close(memory, place, on_resolved(claim), now);
    return Effect::closed;
  }
  claim.resolved[series->first] = {series->second, now};
  claim.firing.erase(series);
  return Effect::narrowed;
}

}  // namespace

std::vector<Effect> observe(Memory& memory, const std::vector<Observation>& observations,
                            Moment now) {
  using Identity = std::pair<const Key*, const alert::Labels*>;
  const auto before = [](const Identity& a, const Identity& b) {
    return std::tie(*a.first, *a.second) < std::tie(*b.first, *b.second);
  };
  std::set<Identity, decltype(before)> firing{before};
  const bool resolves = std::any_of(observations.begin(), observations.end(), [](const auto& seen) {
    return seen.status == alert::Status::resolved;
  });
  for (const auto& seen : observations) {
    if (!resolves || seen.status != alert::Status::firing) continue;
    firing.insert({&seen.series->key, &seen.series->labels});
  }

  std::vector<Effect> effects(observations.size());
  const auto apply = [&](alert::Status status, auto&& one) {
    for (std::size_t index = 0; index < observations.size(); ++index) {
      if (observations[index].status == status) effects[index] = one(observations[index]);
    }
  };
  // Firing ones first, so that one that takes another's place takes over its step.
  apply(alert::Status::firing, [&](const Observation& seen) { return fire(memory, seen, now); });
  apply(alert::Status::resolved, [&](const Observation& seen) {
    if (firing.contains({&seen.series->key, &seen.series->labels})) return Effect::overtaken;
    return resolve(memory, seen, now);
  });
  return effects;
}

void rebuild(Memory& memory, const Observation& seen, Moment now) {
  if (!memory.claims.contains(seen.series->key) && memory.closed.contains(seen.series->key)) return;
  fire(memory, seen, now);
  const auto claim = memory.claims.find(seen.series->key);
  if (claim != memory.claims.end()) claim->second.rebuilt = !claim->second.want.replicas;
}

void confirm(Memory& memory, const Key& key, Moment now) {
  const auto claim = memory.claims.find(key);
  if (claim == memory.claims.end()) return;
  claim->second.confirmed_at = now;
  claim->second.suppressed = false;
}

void suppress(Memory& memory, const Key& key, Moment now) {
  const auto claim = memory.claims.find(key);
  if (claim == memory.claims.end()) return;
  claim->second.confirmed_at = now;
  claim->second.suppressed = true;
}

void close_as_gone(Memory& memory, const Key& key, Moment now) {
  const auto place = memory.claims.find(key);
  if (place == memory.claims.end()) return;
  Claim claim = place->second;
  close(memory, place, on_resolved(claim), now);
  Episode& episode = memory.closed[key];
  episode.unannounced = true;
  episode.replay = std::move(claim);
}

bool reopen(Memory& memory, const Key& key, Moment now) {
  const auto place = memory.closed.find(key);
  if (place == memory.closed.end() || !place->second.replay || memory.claims.contains(key)) {
    return false;
  }
  Claim claim = *std::move(place->second.replay);
  claim.confirmed_at = now;
  start(memory, key, std::move(claim), &place->second, now);
  return true;
}

void measure(Memory& memory, const Key& key, double value, Moment taken_at) {
  const auto claim = memory.claims.find(key);
  if (claim == memory.claims.end()) return;
  claim->second.value = value;
  claim->second.sampled_at = taken_at;
  claim->second.measured = true;
  claim->second.followed = true;
}

std::vector<Key> expire(Memory& memory, Moment now) {
  std::vector<Key> expired;
  for (auto place = memory.claims.begin(); place != memory.claims.end();) {
    const Claim& claim = place->second;
    if (now < claim.confirmed_at + claim.behavior->claim_ttl) {
      ++place;
      continue;
    }
    const Key key = place->first;
    const Moment confirmed_at = claim.confirmed_at;
    expired.push_back(key);
    place = close(
        memory, place,
        claim.behavior->on_expired == OnExpired::hold ? OnResolved::hold : on_resolved(claim), now);
    memory.closed[key].expired = true;
    // That nobody speaks confirms nothing.
    if (memory.obligation) memory.obligation->at = confirmed_at;
  }
  return expired;
}

std::optional<Moment> next_expiry(const Memory& memory) {
  std::optional<Moment> next;
  for (const auto& [key, claim] : memory.claims) {
    const Moment at = claim.confirmed_at + claim.behavior->claim_ttl;
    next = std::min(next.value_or(at), at);
  }
  return next;
}

void end_run(Memory& memory) {
  memory.obligation.reset();
  if (memory.claims.empty()) memory.began_at.reset();
  if (fires_really(memory)) return;
  memory.baseline.reset();
  memory.known.reset();
  memory.recommendations.clear();
  memory.levels.clear();
  memory.level_of.reset();
  memory.highest.reset();
  memory.fits.clear();
  memory.trials = {};
  memory.reversals.clear();
  memory.contested = false;
}

void replace_behavior(Memory& memory, const std::shared_ptr<const Behavior>& behavior) {
  for (auto& [key, claim] : memory.claims) {
    if (key.first == behavior->rule) claim.behavior = behavior;
  }
  for (auto& [key, episode] : memory.closed) {
    if (key.first == behavior->rule && episode.replay) episode.replay->behavior = behavior;
  }
  if (!memory.obligation) return;
  if (memory.obligation->behavior->rule == behavior->rule) memory.obligation->behavior = behavior;
  for (auto& trace : memory.obligation->traces) {
    if (trace.key.first == behavior->rule) trace.behavior = behavior;
  }
}

bool forget_old(Memory& memory, Moment now) {
  std::erase_if(memory.closed,
                [&](const auto& entry) { return now - entry.second.closed_at > episode_time; });
  std::erase_if(memory.changes,
                [&](const Change& change) { return now - change.at > changes_kept; });
  forget_failures(memory, now);
  return memory.claims.empty() && !memory.obligation && memory.closed.empty() &&
         memory.changes.empty();
}

void drop(Memory& memory, const std::set<Key>& keys) {
  if (keys.empty()) return;
  std::shared_ptr<const Behavior> moved;
  for (const Key& key : keys) {
    memory.closed.erase(key);
    const auto claim = memory.claims.find(key);
    if (claim == memory.claims.end()) continue;
    const auto& [action, behavior] = std::tie(claim->second.action, claim->second.behavior);
    if (action != Action::hold && !behavior->dry_run) moved = behavior;
    memory.claims.erase(claim);
  }
  leave_as_it_is(memory, keys, moved);
  const bool left = memory.obligation && memory.obligation->how != OnResolved::hold;
  if (!left && !fires_really(memory)) end_run(memory);
}

}  // namespace scalehook::scaling
