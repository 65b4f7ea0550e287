#include "plugins/log/output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace scalehook::log {
namespace {

class Descriptor {
 public:
  Descriptor(int fd, bool owned) : fd_(fd), owned_(owned) {}
  ~Descriptor() {
    if (owned_ && fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
  bool owned_;
};

int open_file(const std::string& path) {
  int fd = -1;
  do {
    // O_NONBLOCK: a named pipe without a reader is an error, not a wait.
    fd =
        open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

enum class Wait { writable, deadline, cancelled };

Wait wait_for(int fd, std::chrono::steady_clock::time_point deadline, int cancel_fd) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    std::array<pollfd, 2> watched{pollfd{.fd = cancel_fd, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = fd, .events = POLLOUT, .revents = 0}};
    const auto limit = std::clamp<std::int64_t>(left.count(), 0, 60'000);
    const int ready = poll(watched.data(), watched.size(), static_cast<int>(limit));
    // The host also cancels what has outlived its deadline.
    if (ready > 0 && watched[0].revents != 0) {
      return std::chrono::steady_clock::now() < deadline ? Wait::cancelled : Wait::deadline;
    }
    if (ready > 0) return Wait::writable;  // or a fault, which write will name
    if (ready == 0 && left.count() <= 0) return Wait::deadline;
  }
}

}  // namespace

outcome<done> Output::write(std::string_view line, std::chrono::steady_clock::time_point deadline,
                            int cancel_fd) {
  const auto fault = [&](int number) {
    return retry("write", "cannot write to " + path_ + ": " + std::strerror(number));
  };
  const bool to_stderr = path_ == "stderr";
  const Descriptor file(to_stderr ? STDERR_FILENO : open_file(path_), !to_stderr);
  if (file.get() < 0) return fault(errno);

  const std::string text = (broken_ ? "\n" : "") + std::string(line);
  for (;;) {
    const auto wait = wait_for(file.get(), deadline, cancel_fd);
    if (wait == Wait::cancelled) return cancelled("the line for " + path_ + " was not written");
    if (wait == Wait::deadline) {
      return retry("timeout", "nobody reads " + path_ + ": it took no line in time");
    }
    const auto written = ::write(file.get(), text.data(), text.size());
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return fault(errno);
    broken_ = static_cast<std::size_t>(written) < text.size();
    if (!broken_) return done{};
    return retry("write", "only " + std::to_string(written) + " of " + std::to_string(text.size()) +
                              " bytes went to " + path_ + ": is the disk full?");
  }
}

}  // namespace scalehook::log
