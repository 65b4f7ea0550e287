// How many replicas served while a value was measured.
#pragma once

#include <optional>

#include "core/scaling/memory.hpp"
#include "core/scaling/reading.hpp"

namespace scalehook::scaling {

// The time before a sample that it is taken to speak of.
inline constexpr std::chrono::seconds sample_time{60};

// Notes how many replicas are ready now; forgets what no sample speaks of any more.
void note_serving(Memory& memory, const Reading& reading, Moment now);

// The mean of what was ready in the minute before `at`. A count holds until the next one that was
// noted; before the first it is taken to have been the same. None if nothing was noted.
std::optional<double> mean_serving(const Memory& memory, Moment at);

}  // namespace scalehook::scaling
