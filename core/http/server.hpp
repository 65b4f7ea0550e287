// The web server: sockets, TLS later, limits and time-outs. Beast and Asio are known in this folder
// and nowhere else; this header shows neither.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scalehook::http {

struct Request {
  std::string method;        // "GET", "POST", …
  std::string path;          // percent-decoded, without the query
  std::string query;         // as sent, without '?'
  std::string content_type;  // as sent; empty if absent
  std::string body;
  std::string remote;  // "127.0.0.1:40312"
};

struct Response {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // further ones, e.g. Retry-After
};

// Takes the answer of one request. Call it exactly once, from any thread, now or later; calls after
// the connection has gone are dropped. Destroying it uncalled answers 500.
using Reply = std::function<void(Response)>;

// Called on the server's thread: must not block. The reply may outlive the handler.
using Handler = std::function<void(Request, Reply)>;

struct Route {
  std::string method;
  std::string path;  // exact
  Handler handler;
};

struct Limits {
  std::size_t connections = 12'000;                        // beyond: 503 and close
  std::size_t header_bytes = std::size_t{16} * 1024;       // beyond: 431
  std::size_t body_bytes = std::size_t{32} * 1024 * 1024;  // beyond: 413
  std::size_t body_bytes_in_flight =
      std::size_t{128} * 1024 * 1024;  // of all requests together; beyond: 503, first to those
                                       // that have long held more than an equal share
  std::size_t answer_bytes_in_flight =
      std::size_t{64} * 1024 * 1024;  // of large answers that are not taken yet; beyond: 503
  std::chrono::milliseconds header_timeout{10'000};  // from the first byte, or from the
                                                     // connection's start; beyond: 408
  std::chrono::milliseconds body_timeout{30'000};    // of the whole body; beyond: 408
  std::chrono::milliseconds idle_timeout{120'000};   // between requests on a kept connection
  std::chrono::milliseconds reply_timeout{60'000};   // for the handler's answer; beyond: 503
  std::chrono::milliseconds write_timeout{30'000};   // of the whole answer; beyond: close
  std::chrono::milliseconds linger_timeout{2'000};   // reading on after an early answer, so that
                                                     // the client sees it
};

// Told of every finished request, on the server's thread: route's path ("other" if none matched),
// status, and time from the request's last byte to the response's.
using Observer = std::function<void(std::string_view path, std::string_view method, unsigned status,
                                    std::chrono::nanoseconds duration)>;

// One io_context on one thread, one strand a connection.
class Server {
 public:
  // Binds nothing yet. Routes of one path with different methods are one resource (405 with Allow).
  Server(std::vector<Route> routes, Limits limits, Observer observer);
  ~Server();  // stops at once if still running
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds "127.0.0.1:9095", "[::1]:9095", ":9095" (all addresses) and starts to accept. Port 0
  // takes a free one. Returns the port bound, or one sentence naming the address and the fault.
  boost::system::result<std::uint16_t, std::string> listen(const std::string& address);

  // Closes the acceptors and idle connections, lets running requests finish, answers
  // `Connection: close`; returns when all are done or the limit has passed, and the rest is cut
  // off. Any thread but the server's own, so not from a handler; later calls do nothing.
  void stop(std::chrono::milliseconds limit);

  std::size_t connections() const;  // open now; any thread

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scalehook::http
