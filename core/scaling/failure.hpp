// Counts at which the alert came back: rule 33. A count that has failed is not gone to again for 30
// minutes, and each time that it fails again for twice as long, 4 hours at most. It is forgotten
// once twice that time and 30 minutes have passed.
#pragma once

#include <cstdint>
#include <optional>

#include "core/scaling/memory.hpp"

namespace scalehook::scaling {

// A count has failed, by a restore that was undone.
void note_failure(Memory& memory, std::int64_t replicas, Moment now);

// A claim opens. If it wants out within 30 minutes of a restore's last move, the count that this
// came to has failed.
void note_return(Memory& memory, const Claim& claim, Moment now);

// The highest count that is not to be gone to now; none: all may be. Counts below it are not to be
// gone to either.
struct Blocked {
  std::int64_t replicas{};
  Moment until{};  // when this one may be gone to again
};
std::optional<Blocked> blocked(const Memory& memory, Moment now);

void forget_failures(Memory& memory, Moment now);

}  // namespace scalehook::scaling
