// Messages of RFC 5424 to a syslog receiver.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "plugins/log/address.hpp"
#include "plugins/log/line.hpp"
#include "plugins/log/output.hpp"
#include "plugins/log/resolver.hpp"
#include "plugins/log/stream.hpp"
#include "plugins/log/syslog_message.hpp"
#include "plugins/log/tls_stream.hpp"

namespace scalehook::log {

// A socket is made, and a name looked up, anew for each event, so that a receiver may restart or
// move at any time; a connection of TCP or TLS is kept as long as it is good. `ok` says that a
// local receiver has the message in its queue, or that the system of a receiver by TCP has
// acknowledged it; of a datagram of UDP nobody knows more than that it was sent.
class SyslogOutput : public Output {
 public:
  SyslogOutput(Address address, TlsSettings tls, Origin origin, Format format);

  outcome<done> write(const Event& event, const Limits& limits) override;

 private:
  int socket_type() const;
  outcome<std::vector<Endpoint>> peers(const Limits& limits);
  template <class Attempt>
  auto at_first_peer(const Limits& limits, Attempt attempt)
      -> decltype(attempt(Endpoint(), limits));
  outcome<std::unique_ptr<Stream>> open_stream(const Endpoint& peer, const Limits& limits);
  outcome<done> send_datagram_to(const Endpoint& peer, std::string_view message,
                                 const Limits& limits);
  outcome<done> send_datagram(std::string_view message, const Limits& limits);
  outcome<done> send_frame(std::string_view message, const Limits& limits);

  const Address address_;
  const TlsSettings tls_;
  const Origin origin_;
  const Format format_;
  std::unique_ptr<Resolver> resolver_;  // none where the address is local
  std::unique_ptr<Stream> stream_;      // of TCP and TLS, once there is one
};

}  // namespace scalehook::log
