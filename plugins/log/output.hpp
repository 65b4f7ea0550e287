// Where events go.
#pragma once

#include <scalehook/plugin.hpp>

#include "plugins/log/event.hpp"
#include "plugins/log/wait.hpp"

namespace scalehook::log {

// The edge to the operating system, with one event at a time.
class Output {
 public:
  Output() = default;
  virtual ~Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Waits for a peer that takes nothing until the limits' end. Every fault is a `retry` with the
  // code "write", "connect", "resolve", "tls" or "timeout" that names the peer and the system's
  // reason; but one that no further try mends is `failed` with the code "too-large".
  virtual outcome<done> write(const Event& event, const Limits& limits) = 0;
};

}  // namespace scalehook::log
