// Where to listen, as the user writes it.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>
#include <string>

namespace scalehook::http {

// "127.0.0.1:9095", "[::1]:9095", "localhost:9095" (a name: its first IPv4 address, else its
// first),
// ":9095" (every address, that is [::] which takes IPv4 too). The fault is one sentence with the
// address in it. Asks the resolver, so it may block.
boost::system::result<boost::asio::ip::tcp::endpoint, std::string> resolve_listen_address(
    const std::string& address);

// Binds and listens; blocks no longer than the kernel does. An IPv6 wildcard takes IPv4 as well.
boost::system::result<boost::asio::ip::tcp::acceptor, std::string> listen_on(
    boost::asio::io_context& io, const std::string& address);

}  // namespace scalehook::http
