#include "core/http/response.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/beast/http/status.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/error_code.hpp>
#include <ctime>
#include <iterator>

namespace scalehook::http {

namespace {

std::string_view reason(unsigned status) {
  const auto text = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(status));
  return {text.data(), text.size()};
}

// RFC 9110, 6.6.1. Formatted once a second; the server's thread only, hence thread_local.
const std::string& date() {
  thread_local std::time_t formatted = -1;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now != formatted) {
    text = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
    formatted = now;
  }
  return text;
}

}  // namespace

Response error_response(unsigned status, std::string_view error) {
  boost::json::object body;
  body["error"] = boost::json::string_view(error.data(), error.size());
  Response response;
  response.status = status;
  response.body = boost::json::serialize(body) + "\n";
  return response;
}

std::string printable(std::string_view sent) {
  constexpr std::size_t kLongest = 200;
  std::string text;
  for (const char byte : sent.substr(0, kLongest)) {
    if (byte > ' ' && byte < 0x7f) {
      text += byte;
    } else {
      fmt::format_to(std::back_inserter(text), "%{:02X}", static_cast<unsigned char>(byte));
    }
  }
  if (sent.size() > kLongest) text += "...";
  return text;
}

Response overload_response(std::string_view error) {
  Response response = error_response(503, error);
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

std::string response_head(const Response& response, Framing framing) {
  fmt::memory_buffer head;
  const auto out = std::back_inserter(head);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, reason(response.status),
                 date());
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) {
    if (!response.content_type.empty()) {
      fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
    }
    fmt::format_to(out, "Content-Length: {}\r\n", response.body.size());
  }
  for (const auto& [name, value] : response.headers) {
    fmt::format_to(out, "{}: {}\r\n", name, value);
  }
  if (!framing.keep_alive) {
    fmt::format_to(out, "Connection: close\r\n");
  } else if (framing.http_1_0) {
    fmt::format_to(out, "Connection: keep-alive\r\n");
  }
  fmt::format_to(out, "\r\n");
  return fmt::to_string(head);
}

}  // namespace scalehook::http
