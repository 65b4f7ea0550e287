// Lines to stdout, stderr or a file.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "plugins/log/line.hpp"
#include "plugins/log/output.hpp"

namespace scalehook::log {

// A file is opened anew for every line, so that rotation needs no signal, and created with mode
// 0640 less the umask; its folder must exist. One that was moved away is waited for, two
// seconds, before it is created again: logrotate's `create` does that itself, and a file that is
// there already it renames to a `.backup`, over that of a rotation before. Each line is one
// write(2), appended; to a pipe or a terminal it is one for each PIPE_BUF bytes, which a reader
// that is slow cannot block.
class FileOutput : public Output {
 public:
  // `path`: "stdout", "stderr" or an absolute path.
  FileOutput(std::string path, Format format) : path_(std::move(path)), format_(format) {}

  outcome<done> write(const Event& event, const Limits& limits) override;

 private:
  outcome<done> write_to_file(const std::string& text, const Limits& limits);
  outcome<done> write_to(int fd, const std::string& text, const Limits& limits);
  failure fault(int number) const;

  const std::string path_;
  const Format format_;
  bool seen_ = false;  // the file was there; since when it is not:
  std::optional<std::chrono::steady_clock::time_point> gone_since_;
  bool broken_ = false;  // what is there ends in a part of a line: end it first
};

}  // namespace scalehook::log
