// Simulated time.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <utility>

#include "core/dispatch/runtime.hpp"

namespace scalehook::simulate {

using alert::Time;

// The engine's Runtime where time passes only when there is nothing else to do. Deterministic: what
// is due at one moment runs in the order in which it was asked for, and chance is always 0.5. All
// on the caller's thread.
class Clock : public dispatch::Runtime {
 public:
  explicit Clock(Time start) : now_{start} {}

  Time now() const override { return now_; }
  scaling::Moment moment() const override { return scaling::Moment{now_.time_since_epoch()}; }
  dispatch::Anchor anchor() const override {
    return {moment(), now_, now_.time_since_epoch(), "simulated"};
  }
  void post(std::function<void()> work) override { work_.push_back(std::move(work)); }
  void after(std::chrono::nanoseconds delay, std::function<void()> work) override {
    timers_.emplace(now_ + delay, std::move(work));
  }
  double chance() override { return 0.5; }

  // Runs what is to be done now.
  void settle() {
    while (!work_.empty()) {
      const auto work = std::move(work_.front());
      work_.pop_front();
      work();
    }
  }

  // What is not due yet never comes: the engine that asked for it has ended.
  void forget_timers() { timers_.clear(); }

  // Runs all that is to be done until then, and what is due at that moment too.
  void pass(std::chrono::nanoseconds time) {
    const auto end = now_ + time;
    for (settle(); !timers_.empty() && timers_.begin()->first <= end; settle()) {
      now_ = timers_.begin()->first;
      post(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    now_ = end;
  }

 private:
  Time now_;
  std::deque<std::function<void()>> work_;
  std::multimap<Time, std::function<void()>> timers_;
};

}  // namespace scalehook::simulate
