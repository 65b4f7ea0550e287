// The time limit of what a connection is doing.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

namespace scalehook::http {

// One timer, re-armed only when it has to ring earlier: most limits are lifted long before.
// The server's thread only.
class Deadline : public std::enable_shared_from_this<Deadline> {
 public:
  // `on_expiry` may refer to the owner: it is not called once the deadline is destroyed.
  Deadline(const boost::asio::any_io_executor& executor, std::function<void()> on_expiry);

  // From now; replaces the limit before and forgets that it expired.
  void set(std::chrono::milliseconds limit);
  void lift();
  bool expired() const { return expired_; }

 private:
  using Clock = std::chrono::steady_clock;
  void arm();
  void ring();

  boost::asio::steady_timer timer_;
  std::function<void()> on_expiry_;
  Clock::time_point when_ = Clock::time_point::max();  // max: no limit
  bool armed_ = false;
  bool expired_ = false;
};

}  // namespace scalehook::http
