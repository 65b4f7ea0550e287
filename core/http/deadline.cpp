#include "core/http/deadline.hpp"

#include <utility>

namespace scalehook::http {

Deadline::Deadline(const boost::asio::any_io_executor& executor, std::function<void()> on_expiry)
    : timer_(executor), on_expiry_(std::move(on_expiry)) {}

void Deadline::set(std::chrono::milliseconds limit) {
  expired_ = false;
  when_ = Clock::now() + limit;
  if (!armed_ || when_ < timer_.expiry()) arm();
}

void Deadline::lift() { when_ = Clock::time_point::max(); }

void Deadline::arm() {
  armed_ = true;
  timer_.expires_at(when_);
  timer_.async_wait([self = weak_from_this()](const boost::system::error_code& error) {
    if (error) return;  // re-armed or destroyed
    if (const auto deadline = self.lock()) deadline->ring();
  });
}

void Deadline::ring() {
  armed_ = false;
  if (when_ == Clock::time_point::max()) return;
  if (Clock::now() < when_) {
    arm();
    return;
  }
  lift();
  expired_ = true;
  on_expiry_();
}

}  // namespace scalehook::http
