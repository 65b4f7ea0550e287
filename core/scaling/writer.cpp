#include "core/scaling/writer.hpp"

#include <utility>

namespace scalehook::scaling {
namespace {

using namespace std::chrono_literals;

constexpr auto reversal_time = 10min;
constexpr std::size_t most_reversals = 3;

bool reverses(const Memory& memory, std::int64_t known, std::int64_t found, Moment now) {
  if (memory.changes.empty() || now - memory.changes.back().at > reversal_time) return false;
  // What was taken back before is not taken back again, though it may be in pieces.
  if (!memory.reversals.empty() && memory.reversals.back() > memory.changes.back().at) return false;
  return (memory.changes.back().replicas > 0) == (found < known);
}

}  // namespace

bool notice_others(Memory& memory, const Reading& reading, Moment now) {
  if (!memory.known || *memory.known == reading.replicas) {
    memory.known = reading.replicas;
    return false;
  }
  if (reverses(memory, *memory.known, reading.replicas, now)) {
    memory.reversals.push_back(now);
    std::erase_if(memory.reversals, [&](Moment at) { return now - at > reversal_time; });
    memory.contested = memory.contested || memory.reversals.size() >= most_reversals;
  }
  memory.known = reading.replicas;
  if (memory.baseline) memory.baseline = reading.replicas;
  return true;
}

void forget_if_replaced(Memory& memory, const Reading& reading) {
  if (!memory.uid.empty() && !reading.uid.empty() && memory.uid != reading.uid) {
    auto claims = std::move(memory.claims);
    const auto began_at = claims.empty() ? std::nullopt : memory.began_at;
    const auto decided_up_to = memory.decided_up_to;
    memory = {};
    memory.claims = std::move(claims);
    memory.began_at = began_at;
    memory.decided_up_to = decided_up_to;
    for (auto& [key, claim] : memory.claims) claim.want = {};
  }
  if (!reading.uid.empty()) memory.uid = reading.uid;
}

}  // namespace scalehook::scaling
