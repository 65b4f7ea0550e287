// Where syslog messages are taken, as it is written in the settings.
#pragma once

#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

namespace scalehook::log {

enum class Transport { local, udp, tcp, tls };

struct Address {
  Transport transport = Transport::local;
  std::string host;  // a name, an IPv4 address, or an IPv6 address without its brackets
  std::string port;  // 1 to 65535
  std::string path;  // of the socket, where it is local
  std::string text;  // as it was written
};

// "/dev/log", "unix:///path", "udp://host:514", "tcp://[::1]:601" or "tls://host:6514". A failure
// is `invalid`, and says what to write.
outcome<Address> parse_address(std::string_view text);

}  // namespace scalehook::log
