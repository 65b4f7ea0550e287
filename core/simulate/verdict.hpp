// How well a load was served, and what that took.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/simulate/hpa.hpp"
#include "core/simulate/plant.hpp"

namespace scalehook::simulate {

// The names are the keys in reports.
struct Verdict {
  double violation_minutes{};  // ticks that were short, in minutes
  double unserved_share{};     // of the load: lost, or served too late (Tick::unserved); 0 to 1
  double replica_minutes{};    // replicas × minutes, those that are not ready included
  std::int64_t changes{};      // of the count
  std::int64_t flaps{};        // changes that the next one, within 15 min, took the other way
  struct Reaction {
    double mean{}, max{};
  };
  // Lengths of the shortages: of ticks in a row that were short. 0 if there was none.
  Reaction reaction_seconds;
};

// Takes the verdict on one workload. What is before `from` does not count: a shortage that began
// earlier counts from then on. Times never fall. Not thread-safe.
class Judge {
 public:
  explicit Judge(Time from) : from_{from} {}

  // Each change of the count, when it is made. A change to the same count is none.
  void change(Time at, std::int64_t from, std::int64_t to);

  // Every 15 s: the plant's tick, and the count after everything acted on it.
  void look(const Tick& tick, std::int64_t replicas);

  // Of what was seen until now; a shortage that lasts ends at the last look.
  Verdict verdict() const;

 private:
  Time from_;
  std::int64_t ticks_short_ = 0;
  std::int64_t replica_ticks_ = 0;
  double load_ = 0, unserved_ = 0;
  std::int64_t changes_ = 0, flaps_ = 0;
  struct Change {
    Time at{};
    bool is_up{};
  };
  std::optional<Change> last_;
  std::int64_t shortages_ = 0, running_ = 0, longest_ = 0;  // the last two in ticks
};

// A count over time, and the verdict on it.
struct Replay {
  struct Change {
    Time at{};
    std::int64_t replicas{};  // from then on
  };
  Verdict verdict;
  std::vector<Change> changes;  // the first is the count at the load's start
};

// The autoscaler on a plant of its own under that load, from the load's start to its end, synced at
// each tick with what is visible then. The verdict counts from `from` on.
Replay judge_hpa(const Load& load, const PlantOptions& plant, const HpaOptions& hpa, Time from);

}  // namespace scalehook::simulate
