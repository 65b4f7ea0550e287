#include "plugins/log/file_output.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "plugins/log/descriptor.hpp"

namespace scalehook::log {
namespace {

Descriptor open_file(const std::string& path) {
  int fd = -1;
  do {
    // O_NONBLOCK: a named pipe without a reader is an error, not a wait.
    fd =
        open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  } while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

// The standard streams are the process's, and it is not for us to make them non-blocking. A pipe
// with room for anything takes PIPE_BUF bytes at once; a socket is asked not to wait.
ssize_t write_some(int fd, std::string_view text, bool regular) {
  const auto sent = send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent >= 0 || errno != ENOTSOCK) return sent;
  const auto size = regular ? text.size() : std::min<std::size_t>(text.size(), PIPE_BUF);
  return ::write(fd, text.data(), size);
}

}  // namespace

failure FileOutput::fault(int number) const {
  return retry("write", "cannot write to " + path_ + ": " + std::strerror(number));
}

outcome<done> FileOutput::write(const Event& event, const Limits& limits) {
  const std::string text = (broken_ ? "\n" : "") + line(format_, event) + '\n';
  if (path_ == "stdout") return write_to(STDOUT_FILENO, text, limits);
  if (path_ == "stderr") return write_to(STDERR_FILENO, text, limits);
  const auto file = open_file(path_);
  if (!file) return fault(errno);
  return write_to(file.get(), text, limits);
}

outcome<done> FileOutput::write_to(int fd, std::string_view text, const Limits& limits) {
  struct stat about {};
  const bool regular = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
  while (!text.empty()) {
    const auto wait = wait_for(fd, POLLOUT, limits);
    if (wait != Wait::ready) return gave_up(wait, "nobody reads " + path_ + ": it took no line");
    const auto written = write_some(fd, text, regular);
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written < 0) return fault(errno);
    text.remove_prefix(static_cast<std::size_t>(written));
    broken_ = !text.empty();
  }
  return done{};
}

}  // namespace scalehook::log
