#include "plugins/log/syslog_output.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace scalehook::log {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLongestPause = 50ms;

// Has the peer closed it, or the system given it up? What a receiver sends is nothing to us.
bool closed(int fd) {
  std::array<char, 512> unwanted{};
  for (;;) {
    const auto size = recv(fd, unwanted.data(), unwanted.size(), MSG_DONTWAIT);
    if (size > 0 || (size < 0 && errno == EINTR)) continue;
    return size == 0 || errno != EAGAIN;
  }
}

// Until the peer's system has acknowledged all bytes. Nothing tells of that, so it is asked again
// and again; on a network that is alive once or twice.
outcome<done> await_acknowledged(int fd, const Limits& limits, const std::string& peer) {
  for (auto pause = 1ms;; pause = std::min(pause * 2, kLongestPause)) {
    if (closed(fd)) {
      return retry("write", peer + " closed the connection before it had taken the message");
    }
    int unacknowledged = 0;
    if (ioctl(fd, SIOCOUTQ, &unacknowledged) == 0 && unacknowledged == 0) return done{};
    const Limits until{std::min(limits.deadline, std::chrono::steady_clock::now() + pause),
                       limits.cancel_fd};
    const auto wait = wait_for(-1, 0, until);
    if (wait == Wait::cancelled || std::chrono::steady_clock::now() >= limits.deadline) {
      return gave_up(wait, peer + " did not acknowledge the message");
    }
  }
}

// An equal share of what is left for each peer that is still to be tried: one that is silent must
// not keep us from the others.
Limits share(const Limits& limits, std::size_t peers) {
  const auto now = std::chrono::steady_clock::now();
  const auto left = std::max(limits.deadline - now, std::chrono::steady_clock::duration::zero());
  return {now + left / peers, limits.cancel_fd};
}

}  // namespace

SyslogOutput::SyslogOutput(Address address, Origin origin, Format format)
    : address_(std::move(address)), origin_(std::move(origin)), format_(format) {
  if (address_.transport == Transport::local) return;
  const int type = address_.transport == Transport::tcp ? SOCK_STREAM : SOCK_DGRAM;
  resolver_ = std::make_unique<Resolver>(address_.host, address_.port, type);
}

outcome<done> SyslogOutput::write(const Event& event, const Limits& limits) {
  const auto message = syslog_message(origin_, event, line(format_, event));
  if (address_.transport != Transport::tcp) return send_datagram(message, limits);
  auto sent = send_frame(message, limits);
  if (!sent) connection_.close();  // it may stand in the middle of a message
  return sent;
}

outcome<Descriptor> SyslogOutput::connect(const Limits& limits) {
  if (!resolver_) {
    return connect_to(local_endpoint(address_.path), SOCK_DGRAM, limits, address_.text);
  }
  const auto peers = resolver_->resolve(limits);
  if (!peers) return peers.error();
  const int type = address_.transport == Transport::tcp ? SOCK_STREAM : SOCK_DGRAM;
  outcome<Descriptor> connected = retry("resolve", address_.text + " has no address");
  for (std::size_t i = 0; i < peers->size() && !connected; ++i) {
    connected = connect_to((*peers)[i], type, share(limits, peers->size() - i), address_.text);
    if (!connected && connected.error().status == status::cancelled) break;
  }
  return connected;
}

outcome<done> SyslogOutput::send_datagram(std::string_view message, const Limits& limits) {
  const auto socket = connect(limits);
  if (!socket) return socket.error();
  auto sent = send_all(socket->get(), message, limits, address_.text);
  if (!sent) return sent;
  // A port of this machine where nobody listens is known at once.
  if (const int fault = pending_fault(socket->get())) {
    return retry("connect", "cannot reach " + address_.text + ": " + std::strerror(fault));
  }
  return sent;
}

outcome<done> SyslogOutput::send_frame(std::string_view message, const Limits& limits) {
  if (connection_ && closed(connection_.get())) connection_.close();
  if (!connection_) {
    auto connected = connect(limits);
    if (!connected) return connected.error();
    connection_ = std::move(*connected);
  }
  // RFC 6587, 3.4.1: octet counting.
  const auto frame = std::to_string(message.size()) + ' ' + std::string(message);
  auto sent = send_all(connection_.get(), frame, limits, address_.text);
  if (!sent) return sent;
  return await_acknowledged(connection_.get(), limits, address_.text);
}

}  // namespace scalehook::log
