#include "core/http/request_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cstdint>
#include <utility>

#include "core/http/response.hpp"

namespace scalehook::http {

namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::http::field;

std::string text(beast::string_view view) { return {view.data(), view.size()}; }

// A body in Beast's sense, whose memory is charged to the budget before it is reserved. It grows
// with what has come, never with what was announced: a client that announces 32 MiB and sends
// nothing holds nothing.
struct ChargedBody {
  struct value_type {
    std::string text;
    Lease lease;
    std::size_t limit = 0;
    std::function<bool(std::size_t)> charge;  // extends the lease
  };

  class reader {
   public:
    template <bool kIsRequest, class Fields>
    reader(beast::http::header<kIsRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, error_code& error) {
      length_ = length;
      error = {};
    }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, error_code& error) {
      std::size_t count = 0;
      for (auto it = boost::asio::buffer_sequence_begin(buffers);
           it != boost::asio::buffer_sequence_end(buffers); ++it) {
        const boost::asio::const_buffer buffer = *it;
        if (buffer.size() > body_.limit - body_.text.size()) {
          error = beast::http::error::body_limit;
          return count;
        }
        if (!make_room(buffer.size())) {
          error = beast::http::error::buffer_overflow;
          return count;
        }
        body_.text.append(static_cast<const char*>(buffer.data()), buffer.size());
        count += buffer.size();
      }
      error = {};
      return count;
    }

    void finish(error_code& error) { error = {}; }

   private:
    bool make_room(std::size_t bytes) {
      const std::size_t needed = body_.text.size() + bytes;
      const std::size_t capacity = body_.text.capacity();
      if (needed <= capacity) return true;
      std::size_t wanted = std::max(needed, 2 * capacity);
      if (length_) wanted = std::min(wanted, std::max<std::size_t>(needed, *length_));
      if (!body_.charge(wanted - capacity)) return false;
      body_.text.reserve(wanted);
      return true;
    }

    value_type& body_;
    boost::optional<std::uint64_t> length_;
  };
};

}  // namespace

struct RequestParser::Message : beast::http::request_parser<ChargedBody> {};

RequestParser::RequestParser(const Limits& limits, std::shared_ptr<Budget> budget, BodyQueue& queue,
                             std::function<void()> made_way)
    : limits_(limits),
      message_(std::make_unique<Message>()),
      queue_(queue),
      made_way_(std::move(made_way)) {
  message_->body_limit(boost::none);  // Beast would say so before it has the head
  // Beast counts what it is given at once, so the whole is counted here.
  message_->header_limit(static_cast<std::uint32_t>(limits.header_bytes + 1));
  message_->get().body().lease = Lease(std::move(budget));
  message_->get().body().limit = limits.body_bytes;
  message_->get().body().charge = [this](std::size_t bytes) { return charge(bytes); };
}

RequestParser::~RequestParser() = default;

bool RequestParser::has_head() const { return message_->is_header_done(); }
bool RequestParser::is_whole() const { return message_->is_done(); }
bool RequestParser::is_http_1_0() const { return message_->get().version() == 10; }
bool RequestParser::keep_alive() const { return message_->keep_alive(); }

bool RequestParser::expects_continue() const {
  return !is_http_1_0() && message_->get().count(field::expect) > 0;
}

std::size_t RequestParser::put(std::string_view bytes) {
  std::size_t taken = 0;
  // RFC 9112, 2.2: empty lines before the request line are to be ignored.
  while (!message_->got_some() && taken < bytes.size() &&
         (bytes[taken] == '\r' || bytes[taken] == '\n')) {
    ++taken;
  }
  const bool in_head = !has_head();
  while (taken < bytes.size() && !is_whole()) {
    error_code error;
    const boost::asio::const_buffer rest(bytes.data() + taken, bytes.size() - taken);
    taken += message_->put(rest, error);
    if (error == beast::http::error::need_more) break;
    if (error) {
      if (in_head) head_bytes_ += taken;
      explain(error.value(), error.message());
      return taken;
    }
    if (in_head && has_head()) break;
  }
  if (in_head) {
    head_bytes_ += taken;
    const std::size_t waiting = has_head() ? 0 : bytes.size() - taken;
    if (head_bytes_ + waiting > limits_.header_bytes) {
      explain(static_cast<int>(beast::http::error::header_limit), {});
    } else if (has_head()) {
      check_head();
    }
  } else if (!is_whole() && bytes.size() - taken > limits_.header_bytes) {
    refuse(400, "malformed chunked body: a chunk's head or the trailer is too long");
  }
  return taken;
}

void RequestParser::refuse(unsigned status, std::string_view why) {
  refusal_ = status == 503 ? overload_response(why) : error_response(status, why);
}

void RequestParser::explain(int parser_error, std::string_view message) {
  using beast::http::error;
  const std::string where = subject_.empty() ? "" : subject_ + ": ";
  switch (static_cast<error>(parser_error)) {
    case error::header_limit:
      return refuse(431, fmt::format("the request's head has more than {} bytes, the limit",
                                     limits_.header_bytes));
    case error::body_limit:
      return refuse(413, fmt::format("{}the request's body has more than {} bytes, the limit",
                                     where, limits_.body_bytes));
    case error::buffer_overflow:
      return refuse(503, fmt::format("{}too many bytes of request bodies are being worked on, "
                                     "send it again",
                                     where));
    default:
      return refuse(400, has_head()
                             ? fmt::format("{}malformed chunked body: {}", where, message)
                             : fmt::format("malformed request head, in the line at byte {}: {}",
                                           head_bytes_, message));
  }
}

void RequestParser::check_head() {
  const auto& head = message_->get();
  request_.method = text(head.method_string());

  // origin-form, as clients send it; absolute-form, as proxies do (RFC 9112, 3.2).
  const boost::core::string_view target(head.target().data(), head.target().size());
  auto url = boost::urls::parse_origin_form(target);
  if (!url) url = boost::urls::parse_absolute_uri(target);
  if (!url) {
    return refuse(400, fmt::format("malformed request target {}: {}",
                                   printable(text(head.target())), url.error().message()));
  }
  request_.path = url->path();
  if (request_.path.empty()) request_.path = "/";
  subject_ = fmt::format("{} {}", printable(request_.method), printable(request_.path));
  request_.query = url->encoded_query();
  request_.content_type = text(head[field::content_type]);

  const auto say = [this](std::string_view fault) {
    return fmt::format("{}: {}", subject_, fault);
  };
  // RFC 9112, 3.2: exactly one, or none in HTTP/1.0.
  const std::size_t hosts = head.count(field::host);
  if (hosts > 1 || (hosts == 0 && !is_http_1_0())) {
    return refuse(400, say("the request must have exactly one Host header"));
  }
  const auto coding = head[field::transfer_encoding];
  if (head.count(field::transfer_encoding) > 0 && !beast::iequals(coding, "chunked")) {
    return refuse(501, say("the only Transfer-Encoding understood is chunked"));
  }
  const auto content_coding = head[field::content_encoding];
  if (!content_coding.empty() && !beast::iequals(content_coding, "identity")) {
    return refuse(415, say("no Content-Encoding is understood, send the body as it is"));
  }
  const auto expectation = head[field::expect];
  if (head.count(field::expect) > 0 && !beast::iequals(expectation, "100-continue")) {
    return refuse(417, say("the only expectation understood is 100-continue"));
  }
  const auto length = message_->content_length();
  if (length && *length > limits_.body_bytes) {
    explain(static_cast<int>(beast::http::error::body_limit), {});
  }
}

bool RequestParser::charge(std::size_t bytes) {
  Lease& lease = message_->get().body().lease;
  while (!lease.extend(bytes)) {
    if (!queue_.make_room(place_)) return false;
  }
  place_.holds(queue_, lease.bytes(), [this] { make_way(); });
  return true;
}

void RequestParser::make_way() {
  place_.leave();
  std::string().swap(message_->get().body().text);
  message_->get().body().lease.release();
  if (refusal_) return;
  refuse(503, fmt::format("{}: others need the memory of this body, which is long in coming; send "
                          "it again",
                          subject_));
  made_way_();
}

Request RequestParser::take_request() {
  request_.body = std::move(message_->get().body().text);
  return std::move(request_);
}

Lease RequestParser::take_lease() {
  place_.leave();
  return std::move(message_->get().body().lease);
}

std::string_view known_method(std::string_view method) {
  const auto verb = beast::http::string_to_verb({method.data(), method.size()});
  return verb == beast::http::verb::unknown ? std::string_view("other") : method;
}

}  // namespace scalehook::http
