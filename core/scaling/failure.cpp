#include "core/scaling/failure.hpp"

#include <algorithm>

namespace scalehook::scaling {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds first_wait = 30min;
constexpr std::chrono::nanoseconds longest_wait = 4h;
constexpr auto return_time = 30min;

bool is_old(const Failure& failure, Moment now) {
  return now - failure.at > 2 * failure.wait + first_wait;
}

}  // namespace

void note_failure(Memory& memory, std::int64_t replicas, Moment now) {
  forget_failures(memory, now);
  const auto known = std::find_if(memory.failures.begin(), memory.failures.end(),
                                  [&](const auto& one) { return one.replicas == replicas; });
  if (known == memory.failures.end()) {
    memory.failures.push_back({replicas, now, first_wait});
  } else {
    known->at = now;
    known->wait = std::min(2 * known->wait, longest_wait);
  }
}

void note_return(Memory& memory, const Claim& claim, Moment now) {
  if (!memory.descent || claim.action != Action::scale_out || claim.behavior->dry_run) return;
  if (now - memory.descent->at > return_time) return;
  note_failure(memory, memory.descent->replicas, now);
  memory.descent.reset();
}

std::optional<Blocked> blocked(const Memory& memory, Moment now) {
  std::optional<Blocked> highest;
  for (const auto& failure : memory.failures) {
    const Moment until = failure.at + failure.wait;
    if (until <= now) continue;
    if (!highest || failure.replicas > highest->replicas) highest = {failure.replicas, until};
  }
  return highest;
}

void forget_failures(Memory& memory, Moment now) {
  std::erase_if(memory.failures, [&](const auto& failure) { return is_old(failure, now); });
}

}  // namespace scalehook::scaling
