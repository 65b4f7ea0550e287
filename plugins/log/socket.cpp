#include "plugins/log/socket.hpp"

#include <poll.h>
#include <sys/uio.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace scalehook::log {
namespace {

failure cannot(const char* code, const std::string& what, int number) {
  return retry(code, what + ": " + std::strerror(number));
}

failure not_connected(const std::string& peer, int number) {
  if (number == EPROTOTYPE) {
    return retry("connect", peer +
                                " is a socket of another kind than was asked for: it must take "
                                "datagrams");
  }
  return cannot("connect", "cannot reach " + peer, number);
}

// Waits for the room, and sends what there is room for.
outcome<std::size_t> send_some(int fd, const msghdr& message, const Limits& limits,
                               const std::string& peer) {
  for (;;) {
    const auto wait = wait_for(fd, POLLOUT, limits);
    if (wait != Wait::ready) return gave_up(wait, peer + " took nothing");
    const auto sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<std::size_t>(sent);
    if (errno == EINTR || errno == EAGAIN) continue;
    if (errno == EMSGSIZE) {
      return failed("too-large",
                    "a message is larger than what can be sent to " + peer + " at once");
    }
    return cannot("write", "cannot send to " + peer, errno);
  }
}

}  // namespace

Endpoint local_endpoint(const std::string& path) {
  Endpoint endpoint;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, kLongestSocketPath);
  std::memcpy(&endpoint.address, &address, sizeof address);
  endpoint.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return endpoint;
}

outcome<Descriptor> connect_to(const Endpoint& endpoint, int type, const Limits& limits,
                               const std::string& peer) {
  Descriptor made(socket(endpoint.address.ss_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!made) return cannot("connect", "no socket for " + peer, errno);
  const auto* address = reinterpret_cast<const sockaddr*>(&endpoint.address);
  if (connect(made.get(), address, endpoint.size) == 0) return made;
  if (errno != EINPROGRESS && errno != EINTR) return not_connected(peer, errno);
  const auto wait = wait_for(made.get(), POLLOUT, limits);
  if (wait != Wait::ready) return gave_up(wait, peer + " does not answer");
  if (const int fault = pending_fault(made.get())) return not_connected(peer, fault);
  return made;
}

outcome<done> send_all(int fd, std::string_view data, const Limits& limits,
                       const std::string& peer) {
  while (!data.empty()) {
    iovec part{const_cast<char*>(data.data()), data.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const auto sent = send_some(fd, message, limits, peer);
    if (!sent) return sent.error();
    data.remove_prefix(*sent);
  }
  return done{};
}

outcome<done> send_message(int fd, const msghdr& message, const Limits& limits,
                           const std::string& peer) {
  const auto sent = send_some(fd, message, limits, peer);
  if (!sent) return sent.error();
  return done{};
}

int pending_fault(int fd) {
  int fault = 0;
  socklen_t size = sizeof fault;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &size) == 0 ? fault : errno;
}

}  // namespace scalehook::log
