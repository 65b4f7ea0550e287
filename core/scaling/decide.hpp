// The decision: from what a target's claims ask for and how it stands to the replicas it should
// have. Pure: no clock, no I/O, no plugin.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/scaling/claim.hpp"
#include "core/scaling/combine.hpp"
#include "core/scaling/reading.hpp"
#include "core/scaling/reason.hpp"
#include "core/scaling/restore.hpp"

namespace scalehook::scaling {

enum class Move { none, out, in };
std::string_view to_text(Move move);  // "", "out", "in"

// The stages that may change a count on its way, in their order.
enum class Stage { stabilization, rates, bounds };
std::string_view to_text(Stage stage);

struct Decision {
  std::optional<std::int64_t> from;          // as read; none: it could not be read
  std::optional<std::int64_t> to;            // to be written; none: leave it
  Move move = Move::none;                    // of what is wanted
  Reason reason = Reason::no_change;         // why nothing is written; `applied` if `to` is set
  std::shared_ptr<const Behavior> behavior;  // of the deciding rule; null if none had a say
  std::optional<Action> action;              // of the deciding claim; none when all are resolved
  Because because = Because::nothing_fires;
  bool restores = false;  // it undoes what a run did
  bool undoes = false;    // it takes a restore's last move back, which proved wrong
  bool by_steps = false;  // see Restore
  bool is_trial = false;
  bool completes = false;             // with this move nothing is left to be undone
  bool tells_without_effect = false;  // see Steps
  std::vector<std::string> resolved;  // the alerts it comes of when all are resolved, by name
  Evidence evidence = Evidence::not_asked;
  // What decided how far a restore goes: a shared measure, a count at which the alert came back.
  std::optional<Fit> fit;
  std::optional<std::int64_t> failed;
  // When there may be more to do though nothing new arrives: a delay's end, a further step.
  std::optional<Moment> wake_at;
  std::optional<Moment> run;  // when the run that it is part of began
  // The numbers on the way, for the record.
  std::optional<std::int64_t> baseline;
  std::optional<std::int64_t> want;    // the deciding claim's, as its policy computed it
  std::optional<double> value;         // that it was computed from
  std::optional<Moment> granted_at;    // when that was
  std::optional<std::int64_t> wanted;  // after combining
  struct Passed {
    Stage stage{};
    std::int64_t replicas{};
  };
  std::array<Passed, 4> passed{};  // the stages that changed it, and to what
  std::size_t passed_count = 0;
  std::optional<std::int64_t> target_max;  // the target's own, if that is what bounds it
  std::string detail;  // what the target or a pause says of itself, or what a fault is
  std::string note;    // what the scaler says of its change

  const std::string& rule() const;  // empty if none had a say
};

// Computes what new claims want, and what follows. Fills in wants, baseline, recommendations and
// uid of the memory, and ends obligations that are met or void; wants once computed are reused, so
// that deciding again after a conflict or a retry asks for the same.
//
// The stages between want and write, in their order: zero, pause, startup, stabilization, cooldown,
// rates, bounds, contested, budget. Each lets through, lowers the move, or stops it with a reason.
// A move that is undone waits for no stabilization and no cooldown. The target's owner is the
// scaler's to know, before all this.
Decision decide(Memory& memory, const Reading& reading, const Surroundings& surroundings,
                Moment now);

// To be called once `decision.to` has been written. A dry run changes nothing but what is left to
// be done.
void landed(Memory& memory, const Decision& decision, bool dry_run, Moment now);

// The change that `decision.to` is about to be, for the memory to know of.
Intent intend(const Decision& decision, Moment now);

// An intent is one no more. If the reading shows its count it has landed, and this is its decision.
std::optional<Decision> settle_intent(Memory& memory, const Reading& reading);

// What a decision says to its user: one sentence, without its final dot.
std::string sentence(const Decision& decision);

}  // namespace scalehook::scaling
