// The bytes of one connection, whatever carries them.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <memory>
#include <string>

namespace scalehook::http {

// Virtual rather than a template parameter: instantiating the connection once per kind of stream
// doubles the compile time and gains nothing. The server's thread only; one operation at a time.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // One byte or more into `room`; 0 and `error` at the end of the stream or at a fault.
  virtual boost::asio::awaitable<std::size_t> read_some(boost::asio::mutable_buffer room,
                                                        boost::system::error_code& error) = 0;
  // All of both, in order; they must outlive the operation.
  virtual boost::asio::awaitable<void> write(
      const std::array<boost::asio::const_buffer, 2>& buffers,
      boost::system::error_code& error) = 0;
  // Says that nothing more will be written.
  virtual boost::asio::awaitable<void> end_writing() = 0;

  // Ends a running read with an error; writing goes on.
  virtual void cancel_read() = 0;
  // Ends everything: running and later operations end with an error.
  virtual void close() = 0;
  // True if bytes have come that no read has taken.
  virtual bool readable() const = 0;
  // "127.0.0.1:40312", "[::1]:40312".
  virtual const std::string& remote() const = 0;
};

std::unique_ptr<ByteStream> plain_stream(boost::asio::ip::tcp::socket socket);

}  // namespace scalehook::http
