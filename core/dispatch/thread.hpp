// The engine's thread: the Runtime of a running daemon.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "core/dispatch/runtime.hpp"

namespace scalehook::dispatch {

class EngineThread : public Runtime {
 public:
  // `start`: the moment that it is now; see clock.hpp.
  explicit EngineThread(scaling::Moment start = {});
  // Runs what was posted before, drops what is not due, and joins.
  ~EngineThread() override;

  Time now() const override;
  scaling::Moment moment() const override;
  Anchor anchor() const override;
  void post(std::function<void()> work) override;
  void after(std::chrono::nanoseconds delay, std::function<void()> work) override;
  double chance() override;

 private:
  using Clock = std::chrono::steady_clock;
  void run();

  const scaling::Moment start_;
  const std::chrono::nanoseconds started_at_;  // boot time

  std::mt19937_64 chance_{std::random_device{}()};  // the engine's thread only

  std::mutex mutex_;  // guards the three below
  std::condition_variable changed_;
  std::deque<std::function<void()>> work_;
  std::multimap<Clock::time_point, std::function<void()>> timers_;
  bool stopping_ = false;

  std::thread thread_;  // last: it runs on the others
};

}  // namespace scalehook::dispatch
