// The addresses of a host, without waiting for a name server longer than there is time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plugins/log/socket.hpp"

namespace scalehook::log {

// getaddrinfo(3) cannot be stopped, and waits for a dead name server as long as resolv.conf says.
// So names are looked up by a thread, of which there is one at most: a lookup that outlives its
// call is awaited by the next one, which takes what it found. One that outlives the resolver goes
// on alone, with nothing but what is its own, and ends with the process at the latest. For one
// thread at a time.
class Resolver {
 public:
  // `type`: SOCK_DGRAM or SOCK_STREAM.
  Resolver(std::string host, std::string port, int type)
      : host_(std::move(host)), port_(std::move(port)), type_(type) {}

  // In the order in which they are to be tried, one at least. A failure is `retry` with the code
  // "resolve", or "timeout".
  outcome<std::vector<Endpoint>> resolve(const Limits& limits);

 private:
  struct Lookup;

  outcome<done> start();

  const std::string host_;
  const std::string port_;
  const int type_;
  std::shared_ptr<Lookup> lookup_;  // the thread's too; none: what was found has been taken
};

}  // namespace scalehook::log
