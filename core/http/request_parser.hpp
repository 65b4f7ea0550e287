// One HTTP/1 request, made of bytes as they come.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/body_queue.hpp"
#include "core/http/budget.hpp"
#include "core/http/server.hpp"

namespace scalehook::http {

// Knows the size limits and what a request may look like, but no socket and no clock. One thread.
class RequestParser {
 public:
  // `limits` and `queue` must outlive the parser. The body is charged to `budget`; if that has no
  // more, the first in the queue makes way: it gives back its memory, is refused, and calls
  // `made_way`.
  RequestParser(const Limits& limits, std::shared_ptr<Budget> budget, BodyQueue& queue,
                std::function<void()> made_way);
  ~RequestParser();

  // Takes what it can of `bytes`, and returns how many. What is left has to be given again, with
  // more behind it. Stops at the end of the head and at the end of the request. Not to be called
  // when there is a refusal or the request is whole.
  std::size_t put(std::string_view bytes);

  bool has_head() const;
  bool is_whole() const;

  // Ends the request with {"error": why}: for what only the connection can see, such as time-outs.
  void refuse(unsigned status, std::string_view why);

  // Set if the request is malformed, too large, or not for this server: answer this and close.
  const std::optional<Response>& refusal() const { return refusal_; }

  // From here on only with has_head().
  const std::string& method() const { return request_.method; }  // as sent
  const std::string& path() const { return request_.path; }
  const std::string& subject() const { return subject_; }  // "POST /hpa", fit for a message
  bool is_http_1_0() const;
  bool keep_alive() const;
  bool expects_continue() const;  // the client waits for 100 before it sends the body

  // Only with is_whole(), once.
  Request take_request();
  Lease take_lease();

 private:
  struct Message;

  void check_head();
  bool charge(std::size_t bytes);
  void make_way();
  void explain(int parser_error, std::string_view message);  // of Beast, as an HTTP status

  const Limits& limits_;
  std::unique_ptr<Message> message_;
  std::size_t head_bytes_ = 0;
  Request request_;
  std::string subject_;
  std::optional<Response> refusal_;
  BodyQueue& queue_;
  BodyQueue::Place place_;
  std::function<void()> made_way_;
};

// The method as a metric's label: one of HTTP's own, else "other", so that clients cannot make
// labels.
std::string_view known_method(std::string_view method);

}  // namespace scalehook::http
