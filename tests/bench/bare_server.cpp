// The limit that webhooks.py holds scalehook against: takes webhooks from the same streams, parses
// them with the same parser and answers, in the fastest form that these allow. It stores and
// decides nothing, and has no routes, limits, time-outs or metrics.
//   bench-bare-server ADDRESS
#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <cstdio>
#include <memory>
#include <string_view>
#include <utility>

#include "core/alert/parse.hpp"
#include "core/http/listen_address.hpp"
#include "core/http/stream.hpp"

namespace {

namespace asio = boost::asio;
namespace http = scalehook::http;
using boost::beast::flat_buffer;
using boost::system::error_code;
using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

constexpr std::size_t read_size = std::size_t{16} * 1024;  // a request in one read

constexpr std::string_view accepted =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 21\r\n\r\n"
    "{\"status\":\"success\"}\n";
constexpr std::string_view refused =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n";

// Takes what it can of the bytes read.
void feed(Parser& parser, flat_buffer& buffer, error_code& error) {
  const std::size_t taken = parser.put(buffer.cdata(), error);
  buffer.consume(taken);
  if (error == boost::beast::http::error::need_more) error = {};
}

asio::awaitable<void> serve(std::unique_ptr<http::ByteStream> stream) {
  flat_buffer buffer;
  error_code error;
  while (!error) {
    Parser parser;
    parser.eager(true);
    while (!error && !parser.is_done()) {
      const asio::mutable_buffer room = buffer.prepare(read_size);
      const std::size_t count = co_await stream->read_some(room, error);
      buffer.commit(count);
      if (!error) feed(parser, buffer, error);
    }
    if (!error) {
      const bool good = scalehook::alert::parse(parser.get().body()).has_value();
      const std::array<asio::const_buffer, 2> answer{asio::buffer(good ? accepted : refused),
                                                     asio::const_buffer()};
      co_await stream->write(answer, error);
    }
  }
}

asio::awaitable<void> accept(asio::ip::tcp::acceptor& acceptor) {
  error_code error;
  while (!error) {
    asio::ip::tcp::socket socket(acceptor.get_executor());
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await acceptor.async_accept(socket, token);
    if (!error) {
      auto stream = http::plain_stream(std::move(socket));
      asio::co_spawn(acceptor.get_executor(), serve(std::move(stream)), asio::detached);
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: bench-bare-server ADDRESS\n");
    return 2;
  }
  asio::io_context io{1};
  auto acceptor = http::listen_on(io, argv[1]);
  if (!acceptor) {
    fmt::print(stderr, "{}\n", acceptor.error());
    return 1;
  }
  asio::co_spawn(io, accept(*acceptor), asio::detached);
  io.run();
}
