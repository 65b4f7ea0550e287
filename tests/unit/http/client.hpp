// A blocking HTTP client that can also misbehave: it sends bytes, not requests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace scalehook::http::testing {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  bool close() const {
    const auto found = headers.find("connection");
    return found != headers.end() && found->second == "close";
  }
};

class Client {
 public:
  // Connects at once; throws std::runtime_error if that fails. Every wait ends after 20 seconds, so
  // that a fault fails the test rather than hangs it.
  explicit Client(std::uint16_t port, const std::string& host = "127.0.0.1");
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // False if the peer has closed.
  bool send(std::string_view bytes);
  void end_sending();
  // Closes so that the peer sees a reset.
  void reset();
  // The next answer, also an interim one; nothing if the connection ended before it was whole.
  std::optional<Answer> receive(bool head_only = false);
  // Sends and receives.
  std::optional<Answer> ask(std::string_view request) {
    send(request);
    return receive();
  }
  // Waits for the connection's end; true if it came with no further byte before it.
  bool closed();
  // The next port of this side, as the server sees it: "127.0.0.1:40312".
  std::string local() const;

 private:
  bool read_more();

  int socket_ = -1;
  bool failed_ = false;  // a time-out or a reset, not an end
  std::string buffer_;
};

std::string get(std::string_view path);
std::string post(std::string_view path, std::string_view body);

}  // namespace scalehook::http::testing
