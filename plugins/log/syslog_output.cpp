#include "plugins/log/syslog_output.hpp"

#include <algorithm>
#include <cstring>

#include "plugins/log/tls_stream.hpp"

namespace scalehook::log {
namespace {

// An equal share of what is left for each peer that is still to be tried: one that is silent must
// not keep us from the others.
Limits share(const Limits& limits, std::size_t peers) {
  const auto now = std::chrono::steady_clock::now();
  const auto left = std::max(limits.deadline - now, std::chrono::steady_clock::duration::zero());
  return {now + left / peers, limits.cancel_fd};
}

}  // namespace

SyslogOutput::SyslogOutput(Address address, TlsSettings tls, Origin origin, Format format)
    : address_(std::move(address)),
      tls_(std::move(tls)),
      origin_(std::move(origin)),
      format_(format) {
  if (address_.transport == Transport::local) return;
  resolver_ = std::make_unique<Resolver>(address_.host, address_.port, socket_type());
}

int SyslogOutput::socket_type() const {
  const bool stream = address_.transport == Transport::tcp || address_.transport == Transport::tls;
  return stream ? SOCK_STREAM : SOCK_DGRAM;
}

outcome<done> SyslogOutput::write(const Event& event, const Limits& limits) {
  const auto message = syslog_message(origin_, event, line(format_, event));
  if (socket_type() == SOCK_DGRAM) return send_datagram(message, limits);
  auto sent = send_frame(message, limits);
  if (!sent) stream_.reset();  // it may stand in the middle of a message
  return sent;
}

// In the order in which they are to be tried, one at least.
outcome<std::vector<Endpoint>> SyslogOutput::peers(const Limits& limits) {
  if (resolver_) return resolver_->resolve(limits);
  return std::vector{local_endpoint(address_.path)};
}

// What the attempt with the first peer answers that is good for it, or else with the last.
template <class Attempt>
auto SyslogOutput::at_first_peer(const Limits& limits, Attempt attempt)
    -> decltype(attempt(Endpoint(), limits)) {
  const auto known = peers(limits);
  if (!known) return known.error();
  for (auto left = known->size();; --left) {
    auto answer = attempt((*known)[known->size() - left], share(limits, left));
    if (answer || left == 1 || answer.error().status == status::cancelled) return answer;
  }
}

outcome<std::unique_ptr<Stream>> SyslogOutput::open_stream(const Endpoint& peer,
                                                           const Limits& limits) {
  auto socket = connect_to(peer, SOCK_STREAM, limits, address_.text);
  if (!socket) return socket.error();
  if (address_.transport == Transport::tls) {
    return start_tls(std::move(*socket), address_.text, address_.host, tls_, limits);
  }
  return std::make_unique<Stream>(std::move(*socket), address_.text);
}

outcome<done> SyslogOutput::send_datagram(std::string_view message, const Limits& limits) {
  return at_first_peer(limits, [&](const Endpoint& peer, const Limits& own) {
    return send_datagram_to(peer, message, own);
  });
}

outcome<done> SyslogOutput::send_datagram_to(const Endpoint& peer, std::string_view message,
                                             const Limits& limits) {
  const auto socket = connect_to(peer, SOCK_DGRAM, limits, address_.text);
  if (!socket) return socket.error();
  auto sent = send_all(socket->get(), message, limits, address_.text);
  if (!sent && sent.error().code == "too-large") {
    return failed("too-large", sent.error().explanation + ": lower /syslog/max_size, which is " +
                                   std::to_string(origin_.max_size));
  }
  if (!sent) return sent;
  // A port of this machine where nobody listens is known at once.
  if (const int fault = pending_fault(socket->get())) {
    return retry("connect", "cannot reach " + address_.text + ": " + std::strerror(fault));
  }
  return sent;
}

outcome<done> SyslogOutput::send_frame(std::string_view message, const Limits& limits) {
  if (stream_ && stream_->closed()) stream_.reset();
  if (!stream_) {
    auto opened = at_first_peer(
        limits, [&](const Endpoint& peer, const Limits& own) { return open_stream(peer, own); });
    if (!opened) return opened.error();
    stream_ = std::move(*opened);
  }
  // RFC 6587, 3.4.1, and RFC 5425, 4.3: octet counting.
  return stream_->send(std::to_string(message.size()) + ' ' + std::string(message), limits);
}

}  // namespace scalehook::log
