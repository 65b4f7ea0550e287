// A server under test with the routes that the tests need.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/http/server.hpp"

namespace scalehook::http::testing {

struct Observed {
  std::string path;
  std::string method;
  unsigned status = 0;
};

// GET /page, POST /echo, POST /hold (answered by the test), POST /throw, POST /drop, GET /large,
// GET /slowly (answered by another thread). Listens on a free port of 127.0.0.1.
class RunningServer {
 public:
  explicit RunningServer(Limits limits = {});
  ~RunningServer();

  std::uint16_t port() const { return port_; }
  Server& server() { return *server_; }

  struct Held {
    Request request;
    Reply reply;
  };
  // Waits for the next request to /hold.
  Held next_held();
  // Waits until so many requests have been observed, and returns them.
  std::vector<Observed> observed(std::size_t count);

 private:
  std::mutex mutex_;  // guards the two below
  std::condition_variable changed_;
  std::deque<Held> held_;
  std::vector<Observed> observed_;
  std::vector<std::thread> threads_;  // the server's thread adds, the destructor joins
  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

}  // namespace scalehook::http::testing
