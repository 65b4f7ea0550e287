// A thread for what would hold up the web server's.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace scalehook::api {

// Any thread may post.
class Reading {
 public:
  Reading();
  ~Reading();  // finishes what runs, drops what waits
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  // Runs it soon, one after the other; false if too much waits already.
  bool post(std::function<void()> work);

  static constexpr std::size_t most_waiting = 32;

 private:
  void run();

  std::mutex mutex_;  // guards the two below
  std::deque<std::function<void()>> waiting_;
  bool stopping_ = false;
  std::condition_variable changed_;
  std::thread thread_;
};

}  // namespace scalehook::api
