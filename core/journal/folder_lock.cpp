#include "core/journal/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace scalehook::journal {
namespace {

// The holder's process id as it wrote it; only shown.
std::string holder(int file) {
  std::array<char, 20> text{};
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  if (size <= 0) return "";
  return " (process " + std::string(text.data(), static_cast<std::size_t>(size)) + ")";
}

}  // namespace

FolderLock::FolderLock(const std::string& folder) {
  const std::string path = folder + "/lock";
  file_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (file_ < 0) {
    throw std::runtime_error("the storage folder " + folder +
                             " cannot be written: " + std::strerror(errno));
  }
  if (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    const std::string other = holder(file_);
    close(file_);
    if (error != EWOULDBLOCK) {
      throw std::runtime_error(path + " cannot be locked: " + std::strerror(error));
    }
    throw std::runtime_error("the storage folder " + folder + " is in use by another scalehook" +
                             other + "; stop that one, or give another --storage.path");
  }
  const std::string id = std::to_string(getpid());
  // On a full disk the id is missing in another's message, no more.
  if (ftruncate(file_, 0) == 0 && pwrite(file_, id.data(), id.size(), 0) < 0) errno = 0;
}

FolderLock::~FolderLock() { close(file_); }

}  // namespace scalehook::journal
