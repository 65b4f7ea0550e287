// Sockets that never block.
#pragma once

#include <sys/socket.h>

#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

#include "plugins/log/descriptor.hpp"
#include "plugins/log/wait.hpp"

namespace scalehook::log {

struct Endpoint {
  sockaddr_storage address{};
  socklen_t size = 0;
};

// The longest path of a socket in the file system, in bytes (unix(7)).
inline constexpr std::size_t kLongestSocketPath = 107;

// `path` is no longer than that.
Endpoint local_endpoint(const std::string& path);

// A connected socket, SOCK_DGRAM or SOCK_STREAM. `peer` is what messages call the other side. A
// failure is `retry` with the code "connect" or "timeout".
outcome<Descriptor> connect_to(const Endpoint& endpoint, int type, const Limits& limits,
                               const std::string& peer);

// All of `data`, as one datagram or into the stream. A failure is `retry` with the code "write" or
// "timeout"; a stream may have taken a part of the data then. A datagram for which the send buffer
// is too small is `failed` with the code "too-large".
outcome<done> send_all(int fd, std::string_view data, const Limits& limits,
                       const std::string& peer);

// One message of sendmsg(2), all of it.
outcome<done> send_message(int fd, const msghdr& message, const Limits& limits,
                           const std::string& peer);

// The fault that the system has noted of the socket since it was last asked: an errno, or 0.
int pending_fault(int fd);

}  // namespace scalehook::log
