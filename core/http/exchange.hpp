// How the answer of a request finds its way back to the connection, from any thread.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "core/http/budget.hpp"
#include "core/http/server.hpp"

namespace scalehook::http {

// The way into the server's thread. It outlives the server, so that a late reply is merely dropped.
class Mailbox {
 public:
  explicit Mailbox(boost::asio::io_context& io) : io_(&io) {}
  // Runs `work` on the server's thread, at once if that is the caller's; drops it when closed.
  void post(std::function<void()> work);
  void close();

 private:
  std::mutex mutex_;  // guards io_
  boost::asio::io_context* io_;
};

// Where a connection waits for one answer. The server's thread only.
struct Answer {
  explicit Answer(const boost::asio::any_io_executor& executor)
      : arrived(executor, boost::asio::steady_timer::time_point::max()) {}
  std::optional<Response> response;
  boost::asio::steady_timer arrived;  // never rings; cancelled when there is a response
};

// What stands behind a Reply. Any thread.
class Promise {
 public:
  // Of `request` ("POST /hpa") for messages; `lease` is what its body holds of the budget.
  Promise(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Answer> answer, std::string request,
          Lease lease);
  ~Promise();  // unanswered: 500
  Promise(const Promise&) = delete;
  Promise& operator=(const Promise&) = delete;

  // Only the first call counts.
  void fulfil(Response response);

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  const std::weak_ptr<Answer> answer_;
  const std::string request_;
  Lease lease_;
  std::atomic<bool> fulfilled_ = false;
};

}  // namespace scalehook::http
