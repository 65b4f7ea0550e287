// Requests to an API server over pooled, kept-alive connections.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <scalehook/plugin.hpp>
#include <vector>

#include "plugins/kubernetes/access.hpp"
#include "plugins/kubernetes/credentials.hpp"
#include "plugins/kubernetes/request.hpp"

namespace scalehook::kubernetes {

// How long a request may take, and what ends it early: a descriptor that is readable once it is to
// end (borrowed; -1: none).
struct Patience {
  std::chrono::steady_clock::time_point deadline;
  int cancel_fd = -1;
};

// Any thread; each request in flight has a connection of its own. Nothing is connected to before
// the first request. Redirects are not followed: they would carry the token elsewhere.
class Client {
 public:
  // `warn`: see Credentials. Throws a failure with the status invalid.
  Client(Access access, Credentials::Warn warn);
  ~Client();

  const Access& access() const { return access_; }

  // An answer, or why there is none, each with its own code: timeout, cancelled, dns, unreachable,
  // tls, connection-lost, too-large (over 64 MiB). On a 401 the credentials' files are read again,
  // and if they changed the request is sent once more.
  outcome<Answer> send(const Request& request, const Patience& patience);

 private:
  class Connection;

  outcome<Answer> send(const Request& request, const Patience& patience, const Secrets& secrets);
  std::unique_ptr<Connection> take();
  void give_back(std::unique_ptr<Connection> connection);

  const Access access_;
  Credentials credentials_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace scalehook::kubernetes
