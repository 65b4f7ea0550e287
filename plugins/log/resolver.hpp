// The addresses of a host, without waiting for a name server longer than there is time.
#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "plugins/log/descriptor.hpp"
#include "plugins/log/socket.hpp"

namespace scalehook::log {

// getaddrinfo(3) cannot be stopped. So names are looked up by a thread, of which there is one at
// most: a lookup that outlives its call is awaited by the next one, which takes what it found. The
// destructor waits for the lookup, as long as resolv.conf says. For one thread at a time.
class Resolver {
 public:
  // `type`: SOCK_DGRAM or SOCK_STREAM.
  Resolver(std::string host, std::string port, int type);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // In the order in which they are to be tried, one at least. A failure is `retry` with the code
  // "resolve", or "timeout".
  outcome<std::vector<Endpoint>> resolve(const Limits& limits);

 private:
  void start();
  void finish();
  bool stale() const;

  const std::string host_;
  const std::string port_;
  const int type_;
  Descriptor finished_;  // an eventfd
  std::thread lookup_;   // what follows is its until it has finished
  int error_ = 0;
  std::vector<Endpoint> found_;
  std::chrono::steady_clock::time_point found_at_;
};

}  // namespace scalehook::log
