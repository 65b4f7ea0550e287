// HTTP as a scaler sees it, and how long it waits.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace scalehook::kubernetes {

// How long a request may take, and what ends it early: a descriptor that is readable once it is to
// end (borrowed; -1: none).
struct Patience {
  std::chrono::steady_clock::time_point deadline;
  int cancel_fd = -1;
};

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
