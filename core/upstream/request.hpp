// One HTTP request to Alertmanager or Prometheus, over libcurl, which is known in this folder of
// core/ and nowhere else.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/alert/alert.hpp"

namespace scalehook::upstream {

struct Request {
  std::string method = "GET";
  std::string url;           // http or https; userinfo in it becomes Basic authentication
  std::string body;          // empty: none
  std::string content_type;  // of the body
  std::chrono::milliseconds limit{10'000};  // of the whole exchange, the look-up included
};

// A whole answer, whatever its status.
struct Response {
  long status{};
  std::string body;
  std::optional<alert::Time> date;  // the Date header: the server's clock, in whole seconds
};

// The response, or one sentence that names the URL, without its userinfo, and what went wrong: not
// an address, no route, no TLS, no answer within the limit, one of more than 64 MiB, stopped.
using Outcome = boost::system::result<Response, std::string>;

// Sends requests and keeps the connections for the next. By one thread at a time, in a process that
// ignores SIGPIPE: else a TLS connection that breaks may end it.
class Sender {
 public:
  Sender();  // connects to nothing; throws std::runtime_error if libcurl cannot be used
  ~Sender();

  // Sends all at the same time and blocks until each has its outcome, in their order, or `stop` is
  // requested, which it notices at once. Redirects are not followed: they are responses like
  // others. https trusts the system's authorities; a proxy is taken from the environment.
  std::vector<Outcome> send(const std::vector<Request>& requests, const std::stop_token& stop = {});

 private:
  struct Release {
    void operator()(void* multi) const;
  };
  std::unique_ptr<void, Release> multi_;  // libcurl's; it owns the connections
};

// One request over a connection of its own; the same holds. Any thread.
Outcome send(const Request& request);

// A URL without its userinfo, fit for messages and logs.
std::string shown(std::string_view url);

}  // namespace scalehook::upstream
