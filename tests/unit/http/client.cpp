#include "tests/unit/http/client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <stdexcept>

namespace scalehook::http::testing {

Client::Client(std::uint16_t port, const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("no such address: " + host);
  }
  socket_ = socket(found->ai_family, SOCK_STREAM, 0);
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int one = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const int result = connect(socket_, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  if (result != 0) {
    close(socket_);
    throw std::runtime_error("cannot connect");
  }
}

Client::~Client() { close(socket_); }

bool Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Client::end_sending() { shutdown(socket_, SHUT_WR); }

void Client::reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(socket_);
  socket_ = -1;
}

bool Client::read_more() {
  char bytes[16 * 1024];
  const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
  if (count < 0) failed_ = true;
  if (count <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

std::optional<Answer> Client::receive(bool head_only) {
  std::size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  const std::string head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);

  Answer answer;
  if (head.size() < 12 || head.compare(0, 9, "HTTP/1.1 ") != 0) return std::nullopt;
  std::from_chars(head.data() + 9, head.data() + 12, answer.status);
  for (std::size_t line = head.find("\r\n") + 2; line < head.size();) {
    const std::size_t line_end = head.find("\r\n", line);
    const std::size_t colon = head.find(": ", line);
    std::string name = head.substr(line, colon - line);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    answer.headers[name] = head.substr(colon + 2, line_end - colon - 2);
    line = line_end + 2;
  }
  std::size_t length = 0;
  if (const auto found = answer.headers.find("content-length");
      found != answer.headers.end() && !head_only) {
    length = std::stoul(found->second);
  }
  while (buffer_.size() < length) {
    if (!read_more()) return std::nullopt;
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

bool Client::closed() {
  const bool nothing_left = buffer_.empty();
  while (read_more()) {
  }
  return nothing_left && buffer_.empty() && !failed_;
}

std::string Client::local() const {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
  char text[INET_ADDRSTRLEN] = {};
  inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  return fmt::format("{}:{}", text, ntohs(address.sin_port));
}

std::string get(std::string_view path) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", path);
}

std::string post(std::string_view path, std::string_view body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: {}\r\n\r\n{}", path,
                     body.size(), body);
}

}  // namespace scalehook::http::testing
