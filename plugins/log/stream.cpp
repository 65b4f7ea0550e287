#include "plugins/log/stream.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "plugins/log/socket.hpp"

namespace scalehook::log {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLongestPause = 50ms;

}  // namespace

outcome<done> Stream::send(std::string_view data, const Limits& limits) {
  auto sent = put(data, limits);
  if (!sent) return sent;
  // Nothing tells of an acknowledgement, so it is asked for again and again; where the network is
  // alive once or twice.
  for (auto pause = 1ms;; pause = std::min(pause * 2, kLongestPause)) {
    if (closed()) {
      return retry("write", peer_ + " closed the connection before it had taken the message");
    }
    int unacknowledged = 0;
    if (ioctl(fd(), SIOCOUTQ, &unacknowledged) == 0 && unacknowledged == 0) return done{};
    const Limits until{std::min(limits.deadline, std::chrono::steady_clock::now() + pause),
                       limits.cancel_fd};
    const auto wait = wait_for(-1, 0, until);
    if (wait == Wait::cancelled || std::chrono::steady_clock::now() >= limits.deadline) {
      return gave_up(wait, peer_ + " did not acknowledge the message");
    }
  }
}

bool Stream::closed() {
  std::array<char, 4096> unwanted{};
  ssize_t size = 0;
  do {
    size = recv(fd(), unwanted.data(), unwanted.size(), MSG_DONTWAIT);
  } while (size < 0 && errno == EINTR);
  return size == 0 || (size < 0 && errno != EAGAIN);
}

outcome<done> Stream::put(std::string_view data, const Limits& limits) {
  return send_all(fd(), data, limits, peer_);
}

}  // namespace scalehook::log
