#include "core/api/reading.hpp"

#include <utility>

namespace scalehook::api {

Reading::Reading() : thread_{[this] { run(); }} {}

Reading::~Reading() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool Reading::post(std::function<void()> work) {
  {
    const std::lock_guard lock{mutex_};
    if (waiting_.size() >= most_waiting) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void Reading::run() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // it may hold a large answer
    lock.lock();
  }
}

}  // namespace scalehook::api
