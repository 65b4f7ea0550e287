#include "core/simulate/plant.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace scalehook::simulate {
namespace {

constexpr double tick_seconds = std::chrono::duration<double>{tick_length}.count();
constexpr double longest_wait_seconds = 10;
constexpr double service_seconds = 0.2;
constexpr std::size_t ticks_in_minute = 4;

// Load is a sum of doubles: this much less than nothing is nothing.
constexpr double rounding = 1e-6;

double mean(const std::deque<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Plant::Plant(const Load& load, PlantOptions options) : load_{load}, options_{options} {
  ready_at_.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, options.replicas)),
                   Time::min());
}

void Plant::set(std::int64_t replicas, Time now) {
  ready_at_.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, replicas)),
                   now + options_.startup);
}

std::int64_t Plant::ready(Time now) const {
  return std::upper_bound(ready_at_.begin(), ready_at_.end(), now) - ready_at_.begin();
}

double Plant::served_at_most(std::int64_t ready) const {
  const double all = static_cast<double>(ready) * options_.capacity;
  return options_.limit ? std::min(all, *options_.limit) : all;
}

const Tick& Plant::advance(Time now) {
  Tick tick;
  tick.at = now;
  tick.load = load_.at(now);
  tick.replicas = replicas();
  tick.ready = ready(now);
  tick.served_at_most = served_at_most(tick.ready);
  double used = 0;
  if (options_.waits) {
    const double served = std::min(tick.served_at_most, tick.load + backlog_ / tick_seconds);
    backlog_ += (tick.load - served) * tick_seconds;
    if (backlog_ < rounding) backlog_ = 0;
    if (backlog_ > 0) tick.wait_seconds = backlog_ / tick.served_at_most;
    tick.is_short = tick.wait_seconds > longest_wait_seconds;
    if (tick.is_short) tick.unserved = tick.load;
    used = tick.served_at_most > 0 ? served / tick.served_at_most : (backlog_ > 0 ? 1 : 0);
  } else {
    tick.is_short = tick.load > tick.served_at_most + rounding;
    if (tick.is_short) tick.unserved = tick.load - tick.served_at_most;
    used = tick.is_short ? 1 : tick.load / std::max(tick.served_at_most, rounding);
  }
  used_.push_back(used);
  if (used_.size() > ticks_in_minute) used_.pop_front();
  tick.measures = measure(tick);
  ticks_.push_back(tick);
  while (ticks_.size() > 1 && ticks_[1].at <= now - options_.lag) ticks_.pop_front();
  return ticks_.back();
}

Measures Plant::measure(const Tick& tick) const {
  if (!load_.is_measured(tick.at)) {
    constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
    return {nothing, nothing, nothing, nothing, nothing};
  }
  Measures measures;
  measures.load = load_.mean(tick.at);
  const auto ready = std::max<std::int64_t>(1, tick.ready);
  measures.load_per_replica = measures.load / static_cast<double>(ready);
  measures.utilization =
      100 * (options_.waits ? mean(used_) : measures.load / served_at_most(ready));
  measures.backlog = backlog_;
  measures.latency_seconds =
      tick.load > 0 || backlog_ > 0
          ? service_seconds / std::max(0.02, 1 - used_.back()) + tick.wait_seconds
          : std::numeric_limits<double>::quiet_NaN();
  return measures;
}

const Measures& Plant::visible() const { return ticks_.front().measures; }

}  // namespace scalehook::simulate
