// A workload under a load.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "core/simulate/load.hpp"

namespace scalehook::simulate {

struct PlantOptions {
  double capacity = 100;             // load that one ready replica serves; > 0
  std::chrono::seconds startup{60};  // until a new replica is ready; ≥ 0
  std::int64_t replicas = 2;         // at the start, all of them ready; ≥ 0
  // What cannot be served waits in a queue and is served later. Otherwise it is lost.
  bool waits = false;
  std::optional<double> limit{};  // what is downstream serves no more than that; > 0
  std::chrono::seconds lag{0};    // how old the measures are that others see; ≥ 0
};

// What a scrape shows. All are NaN where the scrape was lost.
struct Measures {
  double load{};              // mean of the last minute
  double load_per_replica{};  // load / max(1, ready replicas)
  // How much of what the ready replicas (and what is downstream of them) can serve is used, in
  // percent. If what cannot be served is lost: 100 × load / that, which may be above 100. If it
  // waits: the mean of what was served in the last minute, so at most 100. With nothing that can
  // serve: as with one replica, and 100 if anything waits.
  double utilization{};
  double backlog{};  // what waits, in load × seconds: 100 is one second of a load of 100
  // 0.2 s / max(0.02, 1 − used share) and the wait of what comes in now. NaN while nothing comes in
  // and nothing waits, as of a metric without requests.
  double latency_seconds{};
};

// A plant at a tick.
struct Tick {
  Time at{};
  double load{};            // that comes in now
  double served_at_most{};  // of the ready replicas and the limit
  double wait_seconds{};    // of what comes in now; 0 if what cannot be served is lost
  // Lost: load above what can be served. Waits: a wait of more than 10 s.
  bool is_short = false;
  // Of `load`: what is lost, or what has to wait for more than 10 s, which is then all of it.
  double unserved{};
  std::int64_t replicas{};  // before anything acted on this tick
  std::int64_t ready{};
  Measures measures;  // of now, whatever the lag
};

// Replicas that serve a load. Each is ready `startup` after it was added; those that are not ready
// are the first to go. A replica's end is at once. Times never fall. Not thread-safe; the load
// outlives the plant.
class Plant {
 public:
  Plant(const Load& load, PlantOptions options);

  // Sets the count from now on. Negative is taken as 0.
  void set(std::int64_t replicas, Time now);
  std::int64_t replicas() const { return static_cast<std::int64_t>(ready_at_.size()); }
  std::int64_t ready(Time now) const;

  // Serves 15 s of the load as it is now, and measures. To be called at load.start() and each 15 s
  // after it, before anything acts on what it returns. The reference holds until the next call.
  const Tick& advance(Time now);

  // What others see at the last tick: the measures of the last tick that is at least `lag` before
  // it; of the first one while there is none so old.
  const Measures& visible() const;

  const PlantOptions& options() const { return options_; }

 private:
  double served_at_most(std::int64_t ready) const;
  Measures measure(const Tick& tick) const;

  const Load& load_;
  PlantOptions options_;
  std::vector<Time> ready_at_;  // of each replica, rising
  double backlog_ = 0;          // load × seconds
  std::deque<double> used_;     // share of what can be served, of the last minute's ticks
  std::deque<Tick> ticks_;      // as many as the lag needs; the last one is now
};

}  // namespace scalehook::simulate
