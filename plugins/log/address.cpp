#include "plugins/log/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "plugins/log/socket.hpp"

namespace scalehook::log {
namespace {

failure wrong(std::string_view text, const std::string& why) {
  return invalid("setting", "\"" + std::string(text) + "\" " + why);
}

bool is_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_';
  });
}

bool is_ipv6(std::string_view host) {
  in6_addr address{};
  const std::string plain(host.substr(0, host.find('%')));  // fe80::1%eth0
  return inet_pton(AF_INET6, plain.c_str(), &address) == 1;
}

bool is_port(std::string_view port) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number >= 1 && number <= 65535;
}

std::optional<Transport> transport_of(std::string_view scheme) {
  if (scheme == "udp") return Transport::udp;
  if (scheme == "tcp") return Transport::tcp;
  if (scheme == "tls") return Transport::tls;
  return std::nullopt;
}

outcome<Address> local(std::string_view text, std::string_view path) {
  if (!path.starts_with('/')) return wrong(text, "has no absolute path: write unix:///run/log");
  if (path.size() > kLongestSocketPath) {
    return wrong(text, "is longer than the path of a socket can be, 107 bytes");
  }
  return Address{Transport::local, {}, {}, std::string(path), std::string(text)};
}

}  // namespace

outcome<Address> parse_address(std::string_view text) {
  if (text.starts_with('/')) return local(text, text);
  const auto end = text.find("://");
  const auto scheme = end == std::string_view::npos ? std::string_view() : text.substr(0, end);
  const auto rest = end == std::string_view::npos ? text : text.substr(end + 3);
  if (scheme == "unix") return local(text, rest);
  const auto transport = transport_of(scheme);
  if (!transport) {
    return wrong(text,
                 "is no address: write /dev/log, unix:///path, udp://host:514, tcp://host:601 or "
                 "tls://host:6514");
  }

  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos || rest.find(']', colon) != std::string_view::npos) {
    return wrong(text, "has no port: end it with :514 or another");
  }
  auto host = rest.substr(0, colon);
  const auto port = rest.substr(colon + 1);
  if (!is_port(port)) return wrong(text, "has no port of 1 to 65535 at its end");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) return wrong(text, "has no IPv6 address between its brackets");
  } else if (is_ipv6(host)) {
    return wrong(text, "has an IPv6 address without brackets: write [" + std::string(host) +
                           "]:" + std::string(port));
  } else if (!is_name(host)) {
    return wrong(text,
                 "has no host before its port: a name, an IPv4 address, or an IPv6 address in "
                 "brackets");
  }
  return Address{*transport, std::string(host), std::string(port), {}, std::string(text)};
}

}  // namespace scalehook::log
