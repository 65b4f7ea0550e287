// scalehook explain [TARGET]
#pragma once

#include <cstddef>
#include <string>

namespace scalehook::app {

struct ExplainOptions {
  std::string target;  // as somebody calls it; empty: all
  std::string since = "24h";
  std::size_t limit = 1000;
  std::string url = "http://127.0.0.1:9095";
  std::string storage_path;     // empty: the daemon at `url` is asked
  std::string format = "text";  // or "json"
};

// Prints what happened and why, newest first. The exit status: 0, or 1 with a sentence on standard
// error if nothing is known by that name, or several are. Throws std::runtime_error with one
// sentence if the records cannot be read.
int explain(const ExplainOptions& options);

}  // namespace scalehook::app
