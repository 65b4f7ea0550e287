#include "core/http/exchange.hpp"

#include <fmt/format.h>

#include <boost/asio/dispatch.hpp>
#include <utility>

#include "core/http/response.hpp"

namespace scalehook::http {

void Mailbox::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (io_ != nullptr) boost::asio::dispatch(*io_, std::move(work));
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

Promise::Promise(std::shared_ptr<Mailbox> mailbox, std::weak_ptr<Answer> answer,
                 std::string request, Lease lease)
    : mailbox_(std::move(mailbox)),
      answer_(std::move(answer)),
      request_(std::move(request)),
      lease_(std::move(lease)) {}

Promise::~Promise() {
  if (fulfilled_) return;
  fulfil(error_response(500, fmt::format("{}: the request was dropped unanswered", request_)));
}

void Promise::fulfil(Response response) {
  if (fulfilled_.exchange(true)) return;
  lease_.release();
  mailbox_->post([answer = answer_, response = std::move(response)]() mutable {
    const auto waiting = answer.lock();
    if (!waiting) return;
    waiting->response = std::move(response);
    waiting->arrived.cancel();
  });
}

}  // namespace scalehook::http
