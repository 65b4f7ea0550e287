#include "plugins/kubernetes/access/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "plugins/kubernetes/access/descriptor.hpp"

namespace scalehook::kubernetes {
namespace {

constexpr std::size_t max_size = 1 << 20;

failure problem(std::string reason) { return failed("unreadable", std::move(reason)); }
failure last_error() { return problem(std::generic_category().message(errno)); }

}  // namespace

outcome<std::string> read_file(const std::filesystem::path& path) {
  // Not blocking, so that a named pipe is refused instead of waited for.
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.fd < 0) return last_error();
  struct stat status {};
  if (::fstat(file.fd, &status) != 0) return last_error();
  if (S_ISDIR(status.st_mode)) return problem("it is a directory, not a file");
  if (!S_ISREG(status.st_mode)) return problem("it is not a regular file");

  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t size = ::read(file.fd, buffer, sizeof buffer);
    if (size == 0) return text;
    if (size < 0) {
      if (errno == EINTR) continue;
      return last_error();
    }
    text.append(buffer, static_cast<std::size_t>(size));
    if (text.size() > max_size) return problem("it is larger than 1 MiB");
  }
}

}  // namespace scalehook::kubernetes
