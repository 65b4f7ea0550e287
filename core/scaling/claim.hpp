// Alerts are level-triggered claims on a target, not events: what a notification does to them.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/scaling/memory.hpp"

namespace scalehook::scaling {

// An alert as its rule sees it, the same however often it is repeated. `behavior` (never null) is
// that of the key's rule, and `labels` tell the alert within the claim: see core/rules.
struct Series {
  std::shared_ptr<const Behavior> behavior;
  Key key;
  alert::Labels labels;
  Action action{};
  std::optional<double> value;  // none: absent, or nothing to scale by
  std::string generator_url;
};

// What a notification says of it.
struct Observation {
  std::shared_ptr<const Series> series;  // never null
  alert::Status status{};
  SenderTime starts_at{};
  std::optional<SenderTime> ends_at;  // of resolved ones
};

// What an observation did to the claims.
enum class Effect {
  opened,     // a new claim, or a further series of one
  reopened,   // the episode that had closed goes on, with the want it had
  sampled,    // an open claim has a new value
  duplicate,  // nothing new
  no_value,   // an open claim that follows the value has none that is a number; the last is kept
  closed,     // the last series of a claim resolved
  narrowed,   // a series resolved, others of the claim still fire
  overtaken,  // resolved, and fires in the same notification
  old,        // resolved before what fires now began
  stale,      // fires as it did before its resolve, less than a minute after that
};

// How long a firing that repeats a resolved one is taken for another sender's delay.
inline constexpr std::chrono::seconds replay_time = std::chrono::minutes{1};

// Applies one notification's alerts of one target; the effects in their order. A series that fires
// and is resolved in one notification fires: with the value as a label Prometheus sends such, and
// taken one by one they would scale out and at once back in.
std::vector<Effect> observe(Memory& memory, const std::vector<Observation>& observations,
                            Moment now);

// A firing alert that was perhaps acted upon before all was forgotten: its steps are taken for
// granted. Nothing if its claim is remembered after all.
void rebuild(Memory& memory, const Observation& seen, Moment now);

// What Alertmanager, asked for it, says of a claim: it fires; it fires and is silenced or
// inhibited, so that nothing may be done on its account; no alert of it is there any more, as if
// resolved. A key of no open claim is ignored.
void confirm(Memory& memory, const Key& key, Moment now);
void suppress(Memory& memory, const Key& key, Moment now);
void close_as_gone(Memory& memory, const Key& key, Moment now);
// It fires although it had seemed resolved: the episode goes on. False if there is none.
bool reopen(Memory& memory, const Key& key, Moment now);

// A value that Prometheus, asked for it, gave for a claim, and when it was taken by our clock.
void measure(Memory& memory, const Key& key, double value, Moment taken_at);

// Closes the claims that nobody has confirmed for their rule's claim_ttl; gives their keys.
std::vector<Key> expire(Memory& memory, Moment now);
// When the next one will be; none without claims.
std::optional<Moment> next_expiry(const Memory& memory);

// Nothing is left to be done; with no claim open the run is over, and the next one begins afresh.
void end_run(Memory& memory);

// Whatever is open, or has closed, under these keys is no claim of this target any more: its rule
// is gone, or means something else now. The count is left as it is.
void drop(Memory& memory, const std::set<Key>& keys);

// Changes the rule's behavior for claims that are open; what they want stays.
void replace_behavior(Memory& memory, const std::shared_ptr<const Behavior>& behavior);

// Drops what is too old to matter: closed episodes, changes, reversals. True if nothing at all is
// left that would be missed.
bool forget_old(Memory& memory, Moment now);

}  // namespace scalehook::scaling
