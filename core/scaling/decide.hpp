// The decision: from what a target's claims ask for and how it stands to the replicas it should
// have. Pure: no clock, no I/O, no plugin.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/scaling/claim.hpp"
#include "core/scaling/reason.hpp"

namespace scalehook::scaling {

// How the target stands, as its scaler read it.
struct Reading {
  std::int64_t replicas{};            // asked for now; >= 0
  std::optional<std::int64_t> ready;  // serving now
  std::string uid;                    // of the object; another one is another target
  std::string hold;                   // the target asks not to be moved: "", "in", "out" or "all"
  std::string hold_explanation;
  std::optional<std::int64_t> max;  // the most it can be set to now
};

enum class Move { none, out, in };
std::string_view to_text(Move move);  // "", "out", "in"

struct Decision {
  std::optional<std::int64_t> from;          // as read; none: it could not be read
  std::optional<std::int64_t> to;            // to be written; none: leave it
  Move move = Move::none;                    // of `to`
  Reason reason = Reason::no_change;         // why nothing is written; `applied` if `to` is set
  std::string rule;                          // the deciding one; empty if none had a say
  std::shared_ptr<const Behavior> behavior;  // of that rule; null with it
  std::optional<Action> action;              // of the deciding claim; none when all are resolved
  bool restores = false;                     // it undoes what a run did
  std::string explanation;                   // one sentence for the user
  // The numbers on the way, for the record.
  std::optional<std::int64_t> baseline;
  std::optional<std::int64_t> want;    // the deciding claim's, as its policy computed it
  std::optional<std::int64_t> wanted;  // after combining, before bounds
};

// Computes what new claims want, and what follows. Fills in wants, baseline and uid of the memory,
// and ends obligations that are met or void; wants once computed are reused, so that deciding again
// after a conflict or a retry asks for the same.
Decision decide(Memory& memory, const Reading& reading, Time now);

// To be called once `decision.to` has been written. A dry run changes nothing but what is left to
// be done.
void landed(Memory& memory, const Decision& decision, bool dry_run, Time now);

}  // namespace scalehook::scaling
