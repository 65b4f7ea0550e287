// One connection: reads requests, has them answered, writes the answers, within the limits.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <memory>
#include <string_view>

#include "core/http/deadline.hpp"
#include "core/http/exchange.hpp"
#include "core/http/request_parser.hpp"
#include "core/http/response.hpp"
#include "core/http/router.hpp"
#include "core/http/server.hpp"
#include "core/http/stream.hpp"

namespace scalehook::http {

// What the connections of one server share; outlives them. The server's thread only.
struct Service {
  const Router router;
  const Limits limits;
  const Observer observer;  // may be empty
  const std::shared_ptr<Budget> body_budget;
  const std::shared_ptr<BodyQueue> body_queue;
  const std::shared_ptr<Budget> answer_budget;
  const std::shared_ptr<Budget> room_budget;  // of connections that keep room for a large request
  const std::shared_ptr<Mailbox> mailbox;
  bool draining = false;  // every answer is the last of its connection
};

// The server's thread only. The owner keeps it alive until serve() or turn_away() has ended.
class Connection {
 public:
  Connection(std::unique_ptr<ByteStream> stream, const boost::asio::any_io_executor& executor,
             const Service& service);

  // Requests one after the other, pipelined or not, until either side has had enough.
  boost::asio::awaitable<void> serve();

  // Answers `response` to whatever is asked first.
  boost::asio::awaitable<void> turn_away(Response response);

  // Ends it now if no request has begun; else Service::draining ends it after the answer.
  void close_if_idle();
  // Ends it now.
  void abort();

 private:
  boost::asio::awaitable<bool> serve_one();
  boost::asio::awaitable<void> receive_head(RequestParser& parser);
  boost::asio::awaitable<void> receive_body(RequestParser& parser);
  boost::asio::awaitable<void> ask(const Route& route, RequestParser& parser, Response& response);
  boost::asio::awaitable<void> send(const Response& response, Framing framing, bool without_body);
  boost::asio::awaitable<void> linger();

  boost::asio::awaitable<void> read_more();
  boost::asio::awaitable<void> write(const std::array<boost::asio::const_buffer, 2>& buffers);
  void out_of_time();
  void feed(RequestParser& parser);
  void report(const Route* route, std::string_view method, unsigned status,
              std::chrono::steady_clock::time_point since) const;

  const std::unique_ptr<ByteStream> stream_;
  const boost::asio::any_io_executor executor_;
  const Service& service_;
  const std::shared_ptr<Deadline> deadline_;
  boost::beast::flat_buffer buffer_;  // read, not yet parsed
  std::size_t next_read_;             // bytes; grows while reads fill it
  Lease room_;                        // of the largest read, once a request has needed it
  std::weak_ptr<Answer> awaited_;     // while a handler works
  bool fresh_ = true;                 // no request has come yet
  bool idle_ = false;                 // waiting for the first byte of a request
  bool writing_ = false;
  bool gone_ = false;  // nothing more can be read or written
};

}  // namespace scalehook::http
