// Where the lines go.
#pragma once

#include <chrono>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

namespace scalehook::log {

// A file is opened anew for every line, so that rotation needs no signal, and created with mode
// 0640 less the umask; its folder must exist. Each line is one write(2), appended. For one thread
// at a time.
class Output {
 public:
  // "stderr" or an absolute path.
  explicit Output(std::string path) : path_(std::move(path)) {}

  // Waits for a pipe that is full until the deadline, or until `cancel_fd` is readable. Every fault
  // is a `retry` with the code "write", naming the path and the system's reason.
  outcome<done> write(std::string_view line, std::chrono::steady_clock::time_point deadline,
                      int cancel_fd);

 private:
  const std::string path_;
  bool broken_ = false;  // the last line was written in part only: end it first
};

}  // namespace scalehook::log
