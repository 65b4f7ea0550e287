// What holds for all targets together: a budget of changes, and a breaker against scaling in
// everywhere at once, for that is what a dead Prometheus looks like.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/scaling/decide.hpp"
#include "core/scaling/memory.hpp"

namespace scalehook::scaling {

// Per hour; none: no limit. A quarter of each is kept for changes out.
struct Budget {
  std::optional<std::int64_t> changes_per_target;
  std::optional<std::int64_t> changes;
  // Of the targets known, the share that may want in within five minutes; judged from five targets.
  double scale_in_share = 0.3;
};

struct Fleet {
  std::deque<Moment> changes;                         // of the last hour
  std::map<std::string, Moment> wants_in;             // targets, and when they last wanted in
  std::deque<std::pair<Moment, std::string>> wishes;  // the same in their order, and older ones
  bool frozen = false;
  bool thawed = false;  // by hand: not to freeze again until the share has fallen once
};

// When a change is within the budget, out or in; none: now.
std::optional<Moment> within_budget(const Fleet& fleet, const Memory& target, const Budget& budget,
                                    bool out, Moment now);

void note_change(Fleet& fleet, Moment now);
// Those that a target remembers, at the start.
void recall_changes(Fleet& fleet, const Memory& target);

// Whether the target goes in, or will once some time has passed. What is only tried, and what is
// kept from it for good, wants nothing.
bool wants_in(const Decision& decision);

// Notes whether a target wants in, and judges the fleet anew. True if that froze or thawed it.
bool note_wish(Fleet& fleet, const std::string& target, bool wants_in, std::size_t targets_known,
               const Budget& budget, Moment now);

// By hand.
void thaw(Fleet& fleet);

}  // namespace scalehook::scaling
