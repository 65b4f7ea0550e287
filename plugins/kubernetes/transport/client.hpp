// Requests to an API server over pooled, kept-alive connections.
#pragma once

#include <memory>
#include <mutex>
#include <scalehook/plugin.hpp>
#include <vector>

#include "plugins/kubernetes/access/access.hpp"
#include "plugins/kubernetes/transport/credentials.hpp"
#include "plugins/kubernetes/transport/request.hpp"

namespace scalehook::kubernetes {

// Any thread; each request in flight has a connection of its own. Nothing is connected to before
// the first request. Redirects are not followed: they would carry the token elsewhere.
class Client {
 public:
  // `warn`: see Credentials; it gets the access's warnings too. Throws a failure with the status
  // invalid.
  Client(Access access, const Credentials::Warn& warn);
  ~Client();

  const Access& access() const { return access_; }

  // An answer, or why there is none, each with its own code: timeout, cancelled, dns, unreachable,
  // tls, connection-lost, too-large (over 64 MiB), proxy-denied; or why there are no credentials
  // (see there). On a 401 the credentials are renewed, and if they changed the request is sent once
  // more.
  outcome<Answer> send(const Request& request, const Patience& patience);

 private:
  class Connection;

  outcome<Answer> send(const Request& request, const Patience& patience,
                       const std::shared_ptr<const Secrets>& secrets);
  std::unique_ptr<Connection> take(const std::shared_ptr<const Secrets>& secrets);
  void give_back(std::unique_ptr<Connection> connection);

  const Access access_;
  Credentials credentials_;
  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace scalehook::kubernetes
