// Our own clock, as the scaling functions read it.
#pragma once

#include <chrono>

namespace scalehook::scaling {

// Only a tag: nobody here can ask it for the time.
struct Timeline {};

// A time that never goes back and that no change of the wall clock moves: within a boot it runs
// with CLOCK_BOOTTIME, across boots it goes on by wall time, and by none if that went back. A type
// of its own, so that it is never compared with the times that senders write.
using Moment = std::chrono::time_point<Timeline, std::chrono::nanoseconds>;

}  // namespace scalehook::scaling
