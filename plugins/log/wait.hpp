// How long an output may take, and waiting for a descriptor no longer than that.
#pragma once

#include <chrono>
#include <scalehook/plugin.hpp>
#include <string>

namespace scalehook::log {

struct Limits {
  std::chrono::steady_clock::time_point deadline;
  int cancel_fd = -1;  // readable: stop; -1: there is none
};

enum class Wait { ready, deadline, cancelled };

// Until `fd` has one of `events` (as for poll) or a fault, which the next call on it will name.
// With -1 as `fd` it waits for the end only.
Wait wait_for(int fd, short events, const Limits& limits);

// What an output answers that waited in vain: `retry` with the code "timeout", or `cancelled`.
failure gave_up(Wait wait, const std::string& what);

}  // namespace scalehook::log
