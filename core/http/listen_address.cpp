#include "core/http/listen_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

namespace scalehook::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
template <class T>
using Result = boost::system::result<T, std::string>;

namespace {

struct HostAndPort {
  std::string host;  // empty: every address
  std::uint16_t port = 0;
};

Result<HostAndPort> split(const std::string& address) {
  const auto fault = [&](std::string_view what) {
    return Result<HostAndPort>(
        boost::system::in_place_error,
        fmt::format("listen address \"{}\": {}; write it as 127.0.0.1:9095, [::1]:9095 or :9095",
                    address, what));
  };
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) return fault("the port is missing");

  HostAndPort parts;
  const char* const end = address.data() + address.size();
  const auto [rest, error] = std::from_chars(address.data() + colon + 1, end, parts.port);
  if (error != std::errc() || rest != end) return fault("the port is not a number up to 65535");

  parts.host = address.substr(0, colon);
  if (parts.host.size() > 2 && parts.host.front() == '[' && parts.host.back() == ']') {
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  } else if (parts.host.find_first_of(":[]") != std::string::npos) {
    return fault("an IPv6 address must stand in brackets");
  }
  return parts;
}

}  // namespace

Result<tcp::endpoint> resolve_listen_address(const std::string& address) {
  const auto parts = split(address);
  if (!parts) return parts.error();
  if (parts->host.empty()) return tcp::endpoint(tcp::v6(), parts->port);

  error_code error;
  const auto literal = asio::ip::make_address(parts->host, error);
  if (!error) return tcp::endpoint(literal, parts->port);

  asio::io_context io;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(parts->host, "", tcp::resolver::passive, error);
  if (error || found.empty()) {
    return fmt::format("listen address \"{}\": the host {} has no address: {}", address,
                       parts->host, error.message());
  }
  const auto ipv4 = std::find_if(found.begin(), found.end(), [](const auto& entry) {
    return entry.endpoint().address().is_v4();
  });
  const auto& chosen = ipv4 != found.end() ? *ipv4 : *found.begin();
  return tcp::endpoint(chosen.endpoint().address(), parts->port);
}

Result<tcp::acceptor> listen_on(asio::io_context& io, const std::string& address) {
  auto endpoint = resolve_listen_address(address);
  if (!endpoint) return endpoint.error();

  error_code error;
  tcp::acceptor acceptor(io);
  acceptor.open(endpoint->protocol(), error);
  if (error == asio::error::address_family_not_supported && address.front() == ':') {
    *endpoint = tcp::endpoint(tcp::v4(), endpoint->port());  // a kernel without IPv6
    acceptor.open(endpoint->protocol(), error);
  }
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint->address().is_v6()) {
    acceptor.set_option(asio::ip::v6_only(!endpoint->address().is_unspecified()), error);
  }
  if (!error) acceptor.bind(*endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) return fmt::format("cannot listen on \"{}\": {}", address, error.message());
  return acceptor;
}

}  // namespace scalehook::http
