#include "core/simulate/verdict.hpp"

#include <algorithm>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

constexpr auto flap_time = 15min;
constexpr double tick_minutes = std::chrono::duration<double, std::ratio<60>>{tick_length}.count();
constexpr double tick_seconds = std::chrono::duration<double>{tick_length}.count();

}  // namespace

void Judge::change(Time at, std::int64_t from, std::int64_t to) {
  if (at < from_ || from == to) return;
  ++changes_;
  const Change now{at, to > from};
  if (last_ && last_->is_up != now.is_up && at - last_->at <= flap_time) ++flaps_;
  last_ = now;
}

void Judge::look(const Tick& tick, std::int64_t replicas) {
  if (tick.at < from_) return;
  replica_ticks_ += replicas;
  load_ += tick.load;
  unserved_ += tick.unserved;
  if (!tick.is_short) {
    running_ = 0;
    return;
  }
  ++ticks_short_;
  if (++running_ == 1) ++shortages_;
  longest_ = std::max(longest_, running_);
}

Verdict Judge::verdict() const {
  Verdict verdict;
  verdict.violation_minutes = static_cast<double>(ticks_short_) * tick_minutes;
  if (load_ > 0) verdict.unserved_share = unserved_ / load_;
  verdict.replica_minutes = static_cast<double>(replica_ticks_) * tick_minutes;
  verdict.changes = changes_;
  verdict.flaps = flaps_;
  if (shortages_ > 0) {
    verdict.reaction_seconds.mean =
        static_cast<double>(ticks_short_) * tick_seconds / static_cast<double>(shortages_);
    verdict.reaction_seconds.max = static_cast<double>(longest_) * tick_seconds;
  }
  return verdict;
}

Replay judge_hpa(const Load& load, const PlantOptions& plant_options, const HpaOptions& hpa_options,
                 Time from) {
  Plant plant{load, plant_options};
  Hpa hpa{hpa_options};
  Judge judge{from};
  Replay replay;
  replay.changes.push_back({load.start(), plant.replicas()});
  for (Time now = load.start(); now <= load.end(); now += tick_length) {
    const Tick& tick = plant.advance(now);
    const auto before = plant.replicas();
    const auto after = hpa.sync(now, before, tick.ready, plant.visible().*hpa_options.metric);
    if (after != before) {
      plant.set(after, now);
      judge.change(now, before, after);
      replay.changes.push_back({now, after});
    }
    judge.look(tick, after);
  }
  replay.verdict = judge.verdict();
  return replay;
}

}  // namespace scalehook::simulate
