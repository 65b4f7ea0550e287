#include "core/dispatch/thread.hpp"

#include <pthread.h>

#include <utility>

#include "core/dispatch/clock.hpp"

namespace scalehook::dispatch {

EngineThread::EngineThread(scaling::Moment start)
    : start_{start}, started_at_{boot_time()}, thread_{[this] { run(); }} {}

EngineThread::~EngineThread() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

Time EngineThread::now() const {
  return std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now());
}

scaling::Moment EngineThread::moment() const { return start_ + (boot_time() - started_at_); }

Anchor EngineThread::anchor() const { return anchor_at(moment()); }

void EngineThread::post(std::function<void()> work) {
  bool was_idle{};
  {
    const std::lock_guard lock{mutex_};
    was_idle = work_.empty();  // else it is at work, or has been woken
    work_.push_back(std::move(work));
  }
  if (was_idle) changed_.notify_one();
}

void EngineThread::after(std::chrono::nanoseconds delay, std::function<void()> work) {
  {
    const std::lock_guard lock{mutex_};
    timers_.emplace(Clock::now() + delay, std::move(work));
  }
  changed_.notify_one();
}

double EngineThread::chance() { return std::uniform_real_distribution<>{0.0, 1.0}(chance_); }

void EngineThread::run() {
  pthread_setname_np(pthread_self(), "engine");
  std::unique_lock lock{mutex_};
  for (;;) {
    while (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
      work_.push_back(std::move(timers_.begin()->second));
      timers_.erase(timers_.begin());
    }
    if (!work_.empty()) {
      auto all = std::exchange(work_, {});
      lock.unlock();
      for (auto& work : all) {
        work();
        work = nullptr;  // what it holds may be large, or take long to end
      }
      lock.lock();
    } else if (stopping_) {
      return;
    } else if (timers_.empty()) {
      changed_.wait(lock);
    } else {
      const auto due = timers_.begin()->first;  // a copy: the timer may be gone when we wake
      changed_.wait_until(lock, due);
    }
  }
}

}  // namespace scalehook::dispatch
