#include "core/http/stream.hpp"

#include <fmt/format.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace scalehook::http {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {
    error_code error;
    socket_.set_option(asio::ip::tcp::no_delay(true), error);
    const auto peer = socket_.remote_endpoint(error);
    const std::string address = peer.address().to_string();
    remote_ = peer.address().is_v6() ? fmt::format("[{}]:{}", address, peer.port())
                                     : fmt::format("{}:{}", address, peer.port());
  }

  asio::awaitable<std::size_t> read_some(asio::mutable_buffer room, error_code& error) override {
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const std::size_t count = co_await socket_.async_read_some(room, token);
    co_return count;
  }

  asio::awaitable<void> write(const std::array<asio::const_buffer, 2>& buffers,
                              error_code& error) override {
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await asio::async_write(socket_, buffers, token);
  }

  asio::awaitable<void> end_writing() override {
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    co_return;
  }

  void cancel_read() override {
    error_code ignored;
    socket_.cancel(ignored);
  }

  void close() override {
    error_code ignored;
    socket_.close(ignored);
  }

  bool readable() const override {
    error_code error;
    return socket_.available(error) > 0;
  }

  const std::string& remote() const override { return remote_; }

 private:
  asio::ip::tcp::socket socket_;
  std::string remote_;
};

}  // namespace

std::unique_ptr<ByteStream> plain_stream(asio::ip::tcp::socket socket) {
  return std::make_unique<PlainStream>(std::move(socket));
}

}  // namespace scalehook::http
