// The lines that the process writes to stderr, for tests of what is logged.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace scalehook::log {

// Stands in for stderr while it lives, and passes on what comes.
class LogLines {
 public:
  LogLines() : real_(dup(STDERR_FILENO)) {
    int ends[2];
    if (real_ < 0 || pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0) {
      throw std::runtime_error("stderr cannot be redirected");
    }
    close(ends[1]);
    reader_ = std::thread([this, from = ends[0]] { pass_on(from); });
  }
  ~LogLines() {
    dup2(real_, STDERR_FILENO);  // closes the pipe, and so ends the reader
    reader_.join();
    close(real_);
  }
  LogLines(const LogLines&) = delete;
  LogLines& operator=(const LogLines&) = delete;

  // Waits for a line with `part` in it, and takes it; without its time.
  std::string take(std::string_view part) {
    std::unique_lock lock(mutex_);
    auto line = lines_.end();
    came_.wait(lock, [&] {
      line = std::ranges::find_if(
          lines_, [&](const std::string& each) { return each.find(part) != std::string::npos; });
      return line != lines_.end();
    });
    const std::string taken = line->substr(line->find(' ') + 1);
    lines_.erase(line);
    return taken;
  }

 private:
  void pass_on(int from) {
    std::string rest;
    char bytes[4096];
    for (ssize_t size = 0; (size = read(from, bytes, sizeof(bytes))) > 0;) {
      const std::string_view came(bytes, static_cast<std::size_t>(size));
      static_cast<void>(!write(real_, came.data(), came.size()));
      rest += came;
      const std::lock_guard lock(mutex_);
      for (std::size_t end = 0; (end = rest.find('\n')) != std::string::npos;) {
        lines_.push_back(rest.substr(0, end));
        rest.erase(0, end + 1);
      }
      came_.notify_all();
    }
    close(from);
  }

  const int real_;
  std::thread reader_;
  std::mutex mutex_;  // guards lines_
  std::condition_variable came_;
  std::deque<std::string> lines_;
};

}  // namespace scalehook::log
