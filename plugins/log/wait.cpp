#include "plugins/log/wait.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace scalehook::log {

Wait wait_for(int fd, short events, const Limits& limits) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        limits.deadline - std::chrono::steady_clock::now());
    std::array<pollfd, 2> watched{pollfd{.fd = limits.cancel_fd, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = fd, .events = events, .revents = 0}};
    const auto limit = std::clamp<std::int64_t>(left.count(), 0, 60'000);
    const int ready = poll(watched.data(), watched.size(), static_cast<int>(limit));
    // The host also cancels what has outlived its deadline.
    if (ready > 0 && watched[0].revents != 0) {
      return std::chrono::steady_clock::now() < limits.deadline ? Wait::cancelled : Wait::deadline;
    }
    if (ready > 0) return Wait::ready;
    if (ready == 0 && left.count() <= 0) return Wait::deadline;
  }
}

failure gave_up(Wait wait, const std::string& what) {
  if (wait == Wait::cancelled) return cancelled(what + ": the call was cancelled");
  return retry("timeout", what + " in time");
}

}  // namespace scalehook::log
