#include "core/dispatch/arrivals.hpp"

#include <algorithm>
#include <boost/container_hash/hash.hpp>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "core/telemetry/log.hpp"

namespace scalehook::dispatch {
namespace {

bool says_nothing_new(const Arrival& arrival) {
  return !arrival.effects.empty() &&
         std::all_of(arrival.effects.begin(), arrival.effects.end(),
                     [](auto effect) { return effect == scaling::Effect::duplicate; });
}

// Of what tells it from others: by its fingerprint Alertmanager does that itself.
std::size_t hash(const alert::Alert& alert) {
  if (!alert.fingerprint.empty()) return std::hash<std::string>{}(alert.fingerprint);
  std::size_t value = 0;
  for (const auto& [name, text] : alert.labels) {
    boost::hash_combine(value, name);
    boost::hash_combine(value, text);
  }
  return value;
}

// As much as its record needs to name it.
alert::Alert stripped(const alert::Alert& alert) {
  alert::Alert rest;
  rest.status = alert.status;
  if (const auto name = alert.labels.find("alertname"); name != alert.labels.end()) {
    rest.labels.insert(*name);
  }
  rest.starts_at = alert.starts_at;
  rest.ends_at = alert.ends_at;
  rest.fingerprint = alert.fingerprint;
  return rest;
}

}  // namespace

bool Arrivals::only_repeat() const {
  return kept_.empty() || (kept_.size() == 1 && says_nothing_new(kept_.back()));
}

void Arrivals::add(Arrival arrival) {
  count_last();
  kept_.push_back(std::move(arrival));
  strip_old();
}

void Arrivals::add(Arrivals later) {
  if (later.empty()) return;
  count_last();
  auto& more = later.repeats_;
  if (repeats_.notifications.empty()) {
    repeats_ = std::move(more);
  } else if (!more.notifications.empty()) {
    repeats_.notifications.insert(repeats_.notifications.end(), more.notifications.begin(),
                                  more.notifications.end());
    repeats_.last_received_at = more.last_received_at;
    name(std::move(more.alerts));
    repeats_.seen.merge(more.seen);
  }
  for (auto& arrival : later.kept_) add(std::move(arrival));
}

// For it is the last no more.
void Arrivals::count_last() {
  if (kept_.empty() || !says_nothing_new(kept_.back())) return;
  auto repeat = std::move(kept_.back());
  kept_.pop_back();
  if (repeats_.notifications.empty()) repeats_.first_received_at = repeat.received_at;
  repeats_.last_received_at = repeat.received_at;
  repeats_.notifications.push_back(repeat.notification);
  name(std::move(repeat.alerts));
}

void Arrivals::name(std::vector<alert::Alert> alerts) {
  for (auto& alert : alerts) {
    const bool is_new = repeats_.seen.insert(hash(alert)).second;
    if (is_new && repeats_.alerts.size() < most_whole) repeats_.alerts.push_back(std::move(alert));
  }
}

void Arrivals::strip_old() {
  if (kept_.size() <= most_whole) return;
  for (auto old = kept_.end() - most_whole; old != kept_.begin();) {
    --old;
    if (old->effects.empty()) return;  // and so are those before it
    old->effects = {};
    for (auto& alert : old->alerts) alert = stripped(alert);
  }
}

void warn_of_rare_repeats(const rules::Target& target, const scaling::Memory& memory,
                          const std::vector<scaling::Observation>& observations) {
  if (memory.closed.empty()) return;
  std::set<scaling::Key> claims;
  for (const auto& seen : observations) {
    if (seen.status != alert::Status::firing) continue;
    const auto& key = seen.series->key;
    const auto episode = memory.closed.find(key);
    if (episode == memory.closed.end() || !episode->second.expired) continue;
    if (!claims.insert(key).second) continue;
    log::warn(
        "an alert that had expired fires on, for its repeats are rarer than claim_ttl: raise "
        "claim_ttl, or lower Alertmanager's repeat_interval",
        {{"rule", key.first},
         {"target", rules::to_text(target)},
         {"claim_ttl_seconds", seen.series->behavior->claim_ttl.count()}});
  }
}

}  // namespace scalehook::dispatch
