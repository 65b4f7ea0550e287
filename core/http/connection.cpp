#include "core/http/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "core/telemetry/log.hpp"

// g++ 12 miscompiles coroutines: here co_await stands alone in its statement, with named arguments.

namespace scalehook::http {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

// Thousands of slow clients hold the first, a large body is read by the last.
constexpr std::size_t kFirstRead = std::size_t{2} * 1024;
constexpr std::size_t kLargestRead = std::size_t{16} * 1024;

// An answer up to here is always given: what was stored must be acknowledged, whoever else is slow
// to read.
constexpr std::size_t kSmallAnswer = std::size_t{16} * 1024;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(std::unique_ptr<ByteStream> stream, const asio::any_io_executor& executor,
                       const Service& service)
    : stream_(std::move(stream)),
      executor_(executor),
      service_(service),
      deadline_(std::make_shared<Deadline>(executor, [this] { out_of_time(); })),
      next_read_(kFirstRead),
      room_(service.room_budget) {}

asio::awaitable<void> Connection::serve() {
  bool more = true;
  while (more) {
    more = co_await serve_one();
  }
}

asio::awaitable<void> Connection::turn_away(Response response) {
  // Go's client takes an answer that comes before its request for a fault.
  deadline_->set(service_.limits.linger_timeout);
  co_await read_more();
  if (gone_) co_return;
  const Framing framing{.keep_alive = false, .http_1_0 = false};
  const steady_clock::time_point since = steady_clock::now();
  co_await send(response, framing, false);
  report(nullptr, "", response.status, since);
  co_await linger();
}

void Connection::close_if_idle() {
  if (idle_ && !stream_->readable()) abort();
}

void Connection::abort() {
  gone_ = true;
  stream_->close();
  if (const auto answer = awaited_.lock()) answer->arrived.cancel();
}

// True if the connection may carry another request.
asio::awaitable<bool> Connection::serve_one() {
  RequestParser parser(service_.limits, service_.body_budget, *service_.body_queue,
                       [this] { deadline_->set(std::chrono::milliseconds(0)); });
  co_await receive_head(parser);
  if (gone_) co_return false;

  Router::Match match;
  if (parser.has_head()) match = service_.router.find(parser.method(), parser.path());
  std::optional<Response> refusal = parser.refusal() ? parser.refusal() : match.refusal;
  if (refusal) {
    feed(parser);  // a body that is here already need not cost the connection
  } else {
    co_await receive_body(parser);
    if (gone_) co_return false;
    refusal = parser.refusal();
  }

  const steady_clock::time_point since = steady_clock::now();
  const std::string method = parser.method();
  Response response;
  if (refusal) {
    response = std::move(*refusal);
  } else {
    co_await ask(*match.route, parser, response);
    if (gone_) co_return false;
  }
  Lease lease(service_.answer_budget);
  const std::size_t size = response.body.size();
  // One that is larger than all may be together has to be alone.
  if (size > kSmallAnswer &&
      !lease.extend(std::min(size, service_.limits.answer_bytes_in_flight))) {
    response = overload_response(fmt::format(
        "{}: others are slow to read their large answers; try again later", parser.subject()));
  }
  const bool whole = !parser.refusal() && parser.is_whole();
  const bool keep_alive = whole && parser.keep_alive() && !service_.draining;
  const Framing framing{.keep_alive = keep_alive,
                        .http_1_0 = parser.has_head() && parser.is_http_1_0()};
  co_await send(response, framing, method == "HEAD");
  report(match.route, method, response.status, since);
  if (!whole || (!keep_alive && buffer_.size() > 0)) {
    co_await linger();
  }
  co_return keep_alive && !gone_;
}

// Until the parser has the head or a refusal, or the peer is gone.
asio::awaitable<void> Connection::receive_head(RequestParser& parser) {
  // Who has brought a large request will bring another, which is then read in one go.
  if (next_read_ > kFirstRead && room_.bytes() == 0) room_.extend(kLargestRead);
  next_read_ = room_.bytes() > 0 ? kLargestRead : kFirstRead;
  bool begun = buffer_.size() > 0;
  if (!begun && buffer_.capacity() > next_read_) buffer_.shrink_to_fit();
  deadline_->set(begun || fresh_ ? service_.limits.header_timeout : service_.limits.idle_timeout);
  fresh_ = false;
  feed(parser);
  if (!begun && service_.draining && !stream_->readable()) gone_ = true;
  while (!gone_ && !parser.has_head() && !parser.refusal()) {
    idle_ = !begun;
    co_await read_more();
    idle_ = false;
    if (deadline_->expired()) {
      if (!begun) {
        gone_ = true;
      } else {
        parser.refuse(408, fmt::format("the request's head took more than {} ms, the limit",
                                       service_.limits.header_timeout.count()));
      }
    } else {
      if (!begun) deadline_->set(service_.limits.header_timeout);
      begun = true;
      feed(parser);
    }
  }
  deadline_->lift();
}

// Until the parser has the whole request or a refusal, or the peer is gone.
asio::awaitable<void> Connection::receive_body(RequestParser& parser) {
  deadline_->set(service_.limits.body_timeout);
  feed(parser);
  if (parser.expects_continue() && !parser.is_whole() && !parser.refusal() && buffer_.size() == 0) {
    const std::array<asio::const_buffer, 2> interim{asio::buffer(kContinue), asio::const_buffer()};
    co_await write(interim);
  }
  while (!gone_ && !parser.is_whole() && !parser.refusal()) {
    co_await read_more();
    if (parser.refusal()) break;  // it has made way
    if (deadline_->expired()) {
      parser.refuse(408, fmt::format("{}: the request's body took more than {} ms, the limit",
                                     parser.subject(), service_.limits.body_timeout.count()));
    } else {
      feed(parser);
    }
  }
  deadline_->lift();
}

// Has the route's handler answer, and waits for that.
asio::awaitable<void> Connection::ask(const Route& route, RequestParser& parser,
                                      Response& response) {
  const std::string subject = parser.subject();
  const auto answer = std::make_shared<Answer>(executor_);
  awaited_ = answer;
  deadline_->set(service_.limits.reply_timeout);
  {
    const auto promise =
        std::make_shared<Promise>(service_.mailbox, answer, subject, parser.take_lease());
    Request request = parser.take_request();
    request.remote = stream_->remote();
    try {
      route.handler(std::move(request),
                    [promise](Response given) { promise->fulfil(std::move(given)); });
    } catch (const std::exception& fault) {
      log::error("the handler threw", {{"request", subject}, {"error", fault.what()}});
      promise->fulfil(error_response(500, fmt::format("{}: {}", subject, fault.what())));
    } catch (...) {
      log::error("the handler threw", {{"request", subject}});
      promise->fulfil(error_response(500, fmt::format("{}: internal error", subject)));
    }
  }
  while (!answer->response && !gone_ && !deadline_->expired()) {
    error_code cancelled;
    auto token = asio::redirect_error(asio::use_awaitable, cancelled);
    co_await answer->arrived.async_wait(token);
  }
  deadline_->lift();
  if (answer->response) {
    response = std::move(*answer->response);
  } else if (!gone_) {
    response = overload_response(fmt::format("{}: no answer within {} ms, the limit", subject,
                                             service_.limits.reply_timeout.count()));
  }
}

asio::awaitable<void> Connection::send(const Response& response, Framing framing,
                                       bool without_body) {
  const std::string head = response_head(response, framing);
  const bool bodiless = without_body || response.status == 204 || response.status == 304;
  const std::array<asio::const_buffer, 2> message{
      asio::buffer(head), bodiless ? asio::const_buffer() : asio::buffer(response.body)};
  deadline_->set(service_.limits.write_timeout);
  co_await write(message);
  deadline_->lift();
}

// Closing a socket with unread bytes resets the connection, and the client may never see the
// answer. So what still comes is read, for a while.
asio::awaitable<void> Connection::linger() {
  if (gone_) co_return;
  co_await stream_->end_writing();
  deadline_->set(service_.limits.linger_timeout);
  while (!gone_ && !deadline_->expired()) {
    buffer_.clear();
    co_await read_more();
  }
  gone_ = true;
}

// Sets gone_ at the stream's end, or leaves deadline_ expired.
asio::awaitable<void> Connection::read_more() {
  const asio::mutable_buffer room = buffer_.prepare(next_read_);
  error_code error;
  const std::size_t count = co_await stream_->read_some(room, error);
  buffer_.commit(count);
  if (count == room.size()) next_read_ = std::min(2 * next_read_, kLargestRead);
  if (error && !deadline_->expired()) gone_ = true;
}

asio::awaitable<void> Connection::write(const std::array<asio::const_buffer, 2>& buffers) {
  error_code error;
  writing_ = true;
  co_await stream_->write(buffers, error);
  writing_ = false;
  if (error) gone_ = true;
}

void Connection::out_of_time() {
  // A peer that does not take its answer gets no further word; a slow sender is told.
  if (const auto answer = awaited_.lock()) {
    answer->arrived.cancel();
  } else if (writing_) {
    abort();
  } else {
    stream_->cancel_read();
  }
}

void Connection::feed(RequestParser& parser) {
  const bool had_head = parser.has_head();
  bool progress = true;
  while (progress && buffer_.size() > 0 && !parser.refusal() && !parser.is_whole() &&
         parser.has_head() == had_head) {
    const auto bytes = buffer_.data();
    const std::size_t taken =
        parser.put(std::string_view(static_cast<const char*>(bytes.data()), bytes.size()));
    buffer_.consume(taken);
    progress = taken > 0;
  }
}

void Connection::report(const Route* route, std::string_view method, unsigned status,
                        steady_clock::time_point since) const {
  if (!service_.observer) return;
  const std::string_view path = route != nullptr ? std::string_view(route->path) : "other";
  service_.observer(path, known_method(method), status, steady_clock::now() - since);
}

}  // namespace scalehook::http
