// A file descriptor and its owner.
#pragma once

#include <unistd.h>

#include <utility>

namespace scalehook::kubernetes {

struct Descriptor {
  int fd = -1;

  explicit Descriptor(int opened = -1) : fd{opened} {}
  ~Descriptor() { reset(); }
  Descriptor(Descriptor&& other) noexcept : fd{std::exchange(other.fd, -1)} {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd, other.fd);
    return *this;
  }

  void reset() {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }
};

}  // namespace scalehook::kubernetes
