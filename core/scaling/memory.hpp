// What is remembered of one target. Plain values: who changes them says so in its own header.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/scaling/moment.hpp"
#include "core/scaling/policy.hpp"

namespace scalehook::scaling {

using SenderTime = alert::Time;  // written by a sender, and compared with no clock of ours

// Names a claim: the rule, and the alert's labels without `value` and the rule's ignore_labels.
using Key = std::pair<std::string, alert::Labels>;

// What a claim comes to. A step is granted to all claims of one rule and action together.
struct Want {
  std::optional<std::int64_t> replicas;  // absolute, not clamped; none: not computed yet
  std::optional<double> value;           // that it was computed from
  Moment at{};                           // when it was computed, or the last step granted
};

// A series that was resolved: a firing with the same startsAt is nothing new.
struct Resolved {
  SenderTime starts_at{};
  Moment at{};
  bool repeated = false;  // such a firing came within a minute: perhaps it does fire
};

// An identity that fires.
struct Claim {
  Action action{};
  std::shared_ptr<const Behavior> behavior;    // never null
  std::map<alert::Labels, SenderTime> firing;  // its series that fire, with their startsAt
  std::map<alert::Labels, Resolved> resolved;  // those that fire no more while others do
  Moment confirmed_at{};                       // when it was last known to fire
  bool suppressed = false;                     // silenced or inhibited, so Alertmanager says
  std::optional<double> value;                 // the last one that could be read
  Moment sampled_at{};
  bool measured = false;  // by asking for it, so that it is new even if it is the same number
  std::optional<Moment> asked_at;  // when the time to ask for its value began anew; not kept
  Want want;
  bool rebuilt = false;  // what it was granted is not known: what there is when it is first decided
  std::string generator_url;  // the last one; its expression is what Prometheus can be asked
  int flaps = 0;              // how often in a row it fired soon after its own restore
  std::optional<Moment> restored_at;  // that restore
};

// A claim that has closed. It tells a repeat from a new alert, and gives a reopened one its own
// want back.
struct Episode {
  std::map<alert::Labels, Resolved> series;
  Moment closed_at{};
  bool expired = false;  // nobody said that it was resolved
  // Alertmanager has the alert no more, and has not said so by itself. Should it fire again before
  // the next notification of its group, none is sent before repeat_interval.
  bool unannounced = false;
  // The claim if it fires after all: it came again within a minute, which may be another sender's
  // delay, or it is back unannounced.
  std::optional<Claim> replay;
  Want want;
  std::optional<std::int64_t> baseline;
  std::optional<std::int64_t> known;
  std::optional<Moment> began_at;  // its run
  std::optional<Moment> restored_at;
  int flaps = 0;
};

// What a claim that closed leaves to be done. Whether the load has gone, and not only the measuring
// of it, is asked by its rule and generatorURL.
struct Trace {
  Key key;
  std::shared_ptr<const Behavior> behavior;
  std::string generator_url;
  OnResolved how{};
  std::optional<Moment> not_before;  // it has been flapping
};

// What a run leaves to be done once nothing fires: see obligation.hpp.
struct Obligation {
  std::vector<Trace> traces;  // at least one
  // What the traces come to.
  OnResolved how{};
  std::shared_ptr<const Behavior> behavior;  // of the rule that has its way
  std::optional<Moment> not_before;
  Moment at{};                     // of the last resolve
  std::optional<std::int64_t> to;  // computed once nothing fires any more
  bool doubted = false;            // there was no evidence that the load had gone
  // A claim has opened since: what that wants counts, but what was raised before may come down to
  // it.
  bool superseded = false;
};

struct Change {
  Moment at{};
  std::int64_t replicas{};  // more, or fewer if negative
};

// What was wanted from then on, until the next one.
struct Recommendation {
  Moment at{};
  std::int64_t replicas{};
};

// A change on its way: should we never hear of it, the next reading shows whether it was made.
struct Intent {
  std::int64_t from{};
  std::int64_t to{};
  Moment at{};
  std::shared_ptr<const Behavior> behavior;  // of the deciding rule; null if that is gone
  bool restores = false;                     // it undoes what a run did
  std::string explanation;                   // what its decision says to its user
};

// A run is an unbroken time with at least one open claim, or with an obligation. No two of one
// target began at the same moment.
struct Memory {
  std::string uid;  // of the object that all this is about
  std::map<Key, Claim> claims;
  std::map<Key, Episode> closed;
  std::optional<Moment> began_at;        // the run; none without one
  std::optional<std::int64_t> baseline;  // the count before the run's first claim
  std::optional<std::int64_t> known;     // the count last read or written in this run
  std::optional<Obligation> obligation;
  std::optional<Intent> intent;
  std::int64_t decided_up_to = 0;  // the last notification that was: an older one comes again
  std::vector<Recommendation> recommendations;  // of this run, oldest first
  std::vector<Change> changes;                  // by us, oldest first
  std::vector<Moment> reversals;                // by others, of what we had written
  bool contested = false;
};

}  // namespace scalehook::scaling
