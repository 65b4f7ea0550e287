// Servers to ask: one that does what a test says, and one that never answers.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/http/server.hpp"

namespace scalehook::upstream {

// Our own HTTP server, on a free port.
class Served {
 public:
  explicit Served(std::vector<http::Route> routes, http::Limits limits = {})
      : server_{std::move(routes), limits, [](auto...) {}} {
    const auto port = server_.listen("127.0.0.1:0");
    EXPECT_TRUE(port) << port.error();
    address_ = "127.0.0.1:" + std::to_string(*port);
  }

  const std::string& address() const { return address_; }
  std::string url() const { return "http://" + address_; }

 private:
  http::Server server_;
  std::string address_;
};

// Takes connections, for the kernel does, and no more.
class Silent {
 public:
  Silent() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, any, size), 0);
    EXPECT_EQ(::listen(socket_, 64), 0);
    EXPECT_EQ(::getsockname(socket_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Silent() { ::close(socket_); }
  Silent(const Silent&) = delete;
  Silent& operator=(const Silent&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  std::uint16_t port_{};
};

}  // namespace scalehook::upstream
