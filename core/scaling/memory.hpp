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
  // What Prometheus measured at the last steps, oldest first; see Steps::without_effect.
  std::vector<double> measures{};
  bool without_effect = false;  // which has been told
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
  bool followed = false;  // Prometheus gave the last value, and is asked again soon; not kept
  bool below = false;     // it fires while the value is low, so that more is better
  std::optional<Moment> asked_at;  // when the time to ask for its value began anew; not kept
  Want want;
  bool rebuilt = false;  // what it was granted is not known: what there is when it is first decided
  std::string generator_url;  // the last one; its expression is what Prometheus can be asked
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
};

// A value that Prometheus gave, and when it was taken.
struct Measured {
  double value{};
  Moment at{};
  std::optional<double> limit;  // what the alert compares it with, if replicas share it
};

// What a claim that closed leaves to be done. Whether the load has gone, and not only the measuring
// of it, is asked by its rule and generatorURL.
struct Trace {
  Key key;
  std::shared_ptr<const Behavior> behavior;
  std::string generator_url;
  OnResolved how{};
  std::optional<Measured> measured{};  // by the last questions; not kept
};

// What a run leaves to be done once its alerts are resolved: see obligation.hpp.
struct Obligation {
  std::vector<Trace> traces;  // at least one
  // What the traces come to.
  OnResolved how{};
  std::shared_ptr<const Behavior> behavior;  // of the rule that has its way
  Moment at{};                               // of the last resolve
  std::optional<std::int64_t> to;            // of one step back: computed once
  bool moved = false;                        // it has taken replicas back
  std::optional<std::int64_t> before;        // the count before it last did; none: undone since
  std::optional<Moment> asked_at;            // when Prometheus was last asked; not kept
  // Since when Prometheus has shown without a gap that the load has gone, and when it last did.
  Moment proven_since{};
  std::optional<Moment> proven_at;
};

// A restore's last move, or what undid it.
struct Descent {
  Moment at{};
  std::int64_t replicas{};  // the count it came to
};

// A count at which the alert came back, which is not gone to again for some time.
struct Failure {
  std::int64_t replicas{};
  Moment at{};
  std::chrono::nanoseconds wait{};
};

// How counts that only a measure has held are tried with one replica fewer.
struct Trials {
  int exponent = 0;        // the next one after 2 h times 2 to the power of this
  bool under_way = false;  // the last one has not been undone
};

struct Change {
  Moment at{};
  std::int64_t replicas{};  // more, or fewer if negative
};

// What was wanted from then on: until the next one, or, if fresh values say what is wanted, until
// the last value that said so.
struct Recommendation {
  Moment at{};
  std::int64_t replicas{};
  std::optional<Moment> until{};
};

// A change on its way: should we never hear of it, the next reading shows whether it was made.
struct Intent {
  std::int64_t from{};
  std::int64_t to{};
  Moment at{};
  std::shared_ptr<const Behavior> behavior;  // of the deciding rule; null if that is gone
  bool restores = false;                     // it undoes what a run did
  bool undoes = false;                       // it takes such a move back
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
  std::vector<std::int64_t> levels;     // that this run stepped out from, rising, below the count
  std::optional<Moment> level_of;       // when the step of the last level was granted
  std::optional<std::int64_t> highest;  // count of this run
  std::vector<Recommendation> fits;     // of this run: the least counts that the measure allowed
  Trials trials;                        // of this run
  std::optional<Descent> descent;       // it outlives the run
  std::vector<Failure> failures;        // so do they
  std::vector<Recommendation> serving;  // how many were ready from then on; not kept
  std::vector<Change> changes;          // by us, oldest first
  std::vector<Moment> reversals;        // by others, of what we had written
  bool contested = false;
};

}  // namespace scalehook::scaling
