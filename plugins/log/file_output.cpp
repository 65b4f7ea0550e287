#include "plugins/log/file_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>

#include "plugins/log/descriptor.hpp"

namespace scalehook::log {
namespace {

using namespace std::chrono_literals;

constexpr auto time_to_create = 2s;

// O_NONBLOCK: a named pipe without a reader is an error, not a wait.
Descriptor open_to_write(const std::string& path, int flags) {
  int fd = -1;
  do {
    fd = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags, 0640);
  } while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

// The standard streams are the process's, and it is not for us to make them non-blocking: a pipe or
// a terminal is opened once more, for a terminal blocks though it has room, and a pipe where others
// write too. None where that cannot be done: not ours, without a reader, or something else.
Descriptor reopened(int fd) {
  struct stat about {};
  if (fstat(fd, &about) != 0 || !(S_ISFIFO(about.st_mode) || S_ISCHR(about.st_mode))) return {};
  return open_to_write("/proc/self/fd/" + std::to_string(fd), 0);
}

// Does the file end in half a line: of a process before ours, or another's, that met a full disk?
// `otherwise`: what is to be said of what cannot be read.
bool ends_in_half_a_line(int fd, bool otherwise) {
  struct stat about {};
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) return otherwise;
  if (about.st_size == 0) return false;
  const std::string again = "/proc/self/fd/" + std::to_string(fd);
  const Descriptor reader(open(again.c_str(), O_RDONLY | O_CLOEXEC));
  char last = '\0';
  return pread(reader.get(), &last, 1, about.st_size - 1) == 1 ? last != '\n' : otherwise;
}

// A pipe with room for anything takes PIPE_BUF bytes at once, even one that we could not open once
// more; a socket is asked not to wait.
ssize_t write_some(int fd, std::string_view text, bool regular) {
  const auto sent = send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0 || errno != ENOTSOCK) return sent;
  const auto size = regular ? text.size() : std::min<std::size_t>(text.size(), PIPE_BUF);
  return ::write(fd, text.data(), size);
}

}  // namespace

failure FileOutput::fault(int number) const {
  const char* const hint = number == ENXIO    ? " (a pipe that nobody reads?)"
                           : number == ENOENT ? "; make its folder"
                                              : "";
  return retry("write", "cannot write to " + path_ + ": " + std::strerror(number) + hint);
}

outcome<done> FileOutput::write(const Event& event, const Limits& limits) {
  const std::string text = line(format_, event) + '\n';
  if (path_ == "stdout" || path_ == "stderr") {
    const int stream = path_ == "stdout" ? STDOUT_FILENO : STDERR_FILENO;
    const auto own = reopened(stream);
    return write_to(own ? own.get() : stream, text, limits);
  }
  return write_to_file(text, limits);
}

outcome<done> FileOutput::write_to_file(const std::string& text, const Limits& limits) {
  auto file = open_to_write(path_, O_APPEND);
  while (!file && errno == ENOENT && seen_) {
    const auto now = std::chrono::steady_clock::now();
    if (!gone_since_) gone_since_ = now;
    const auto end = *gone_since_ + time_to_create;
    if (now >= end) break;
    const auto next = std::min({limits.deadline, now + 10ms, end});
    const auto wait = wait_for(-1, 0, {next, limits.cancel_fd});
    if (wait == Wait::cancelled || next == limits.deadline) {
      return gave_up(wait, path_ + " was moved away, and is not there again");
    }
    file = open_to_write(path_, O_APPEND);
  }
  if (!file && errno == ENOENT) file = open_to_write(path_, O_APPEND | O_CREAT);
  if (!file) return fault(errno);
  // Not each time: others may be in the midst of a line.
  if (!seen_ || broken_) broken_ = ends_in_half_a_line(file.get(), broken_);
  seen_ = true;
  gone_since_.reset();
  return write_to(file.get(), text, limits);
}

outcome<done> FileOutput::write_to(int fd, const std::string& text, const Limits& limits) {
  const std::string whole = broken_ ? '\n' + text : text;
  std::string_view left = whole;
  struct stat about {};
  const bool regular = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
  while (!left.empty()) {
    const auto wait = wait_for(fd, POLLOUT, limits);
    if (wait != Wait::ready) return gave_up(wait, "nobody reads " + path_ + ": it took no line");
    const auto written = write_some(fd, left, regular);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && errno == EAGAIN) {
      // A terminal with room for a byte takes no end of a line, which is two, and calls it ready.
      wait_for(
          -1, 0,
          {std::min(limits.deadline, std::chrono::steady_clock::now() + 10ms), limits.cancel_fd});
      continue;
    }
    if (written < 0) return fault(errno);
    left.remove_prefix(static_cast<std::size_t>(written));
    broken_ = !left.empty();
  }
  return done{};
}

}  // namespace scalehook::log
