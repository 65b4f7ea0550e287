// HTTP as a scaler sees it.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace scalehook::kubernetes {

struct Request {
  std::string method;        // "GET", "PATCH", "POST"
  std::string path;          // from "/", with its query; already percent-encoded
  std::string body;          // empty: none
  std::string content_type;  // of the body
};

// A whole answer, whatever its status.
struct Answer {
  int status = 0;
  std::string body;
  std::optional<std::chrono::milliseconds> retry_after;  // from the header, not negative
};

}  // namespace scalehook::kubernetes
