// scalehook pause and scalehook resume
#pragma once

#include <string>

namespace scalehook::app {

// What is paused; empty target and rule: everything.
struct PauseOptions {
  std::string target;  // as somebody calls it
  std::string rule;
  std::string direction;  // "in", "out", or empty for both
  std::string length;     // "2h"; at most one of length and until
  std::string until;      // RFC 3339
  std::string comment;
  std::string url = "http://127.0.0.1:9095";
};

// Ask the daemon at that URL, and print what it did. The exit status: 0. Throw std::runtime_error
// with one sentence if it did not, or if the target is unknown or may be several.
int pause(const PauseOptions& options);
int resume(const PauseOptions& options);

}  // namespace scalehook::app
