// One target's way from claims to a write, one call at a time.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/dispatch/inquiry.hpp"
#include "core/dispatch/world.hpp"
#include "core/plugin/instance.hpp"
#include "core/rules/target.hpp"
#include "core/scaling/decide.hpp"

namespace scalehook::dispatch {

// A state, not a thread: idle, asking, reading, committing, writing, backing off or pacing. All
// methods on the engine's thread.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  Lane(World& world, rules::Target target, scaling::Memory memory = {});

  const rules::Target& target() const { return target_; }
  scaling::Memory& memory() { return memory_; }
  const scaling::Memory& memory() const { return memory_; }
  // Something arrived, fires, may fire after all, or is left to be done.
  bool has_work() const;
  // Nothing goes on, nothing waits and nothing is remembered: the lane may go.
  bool done();

  // A notification with these alerts is on its way to arrive(): unless something goes on already,
  // the target is read meanwhile.
  void expect(const std::vector<alert::Alert>& alerts);
  // Takes the alerts of one notification, already applied to the memory.
  void arrive(Arrival arrival);
  // Decides again, for the rules, a pause, or the time have changed.
  void reconsider();

 private:
  enum class State { idle, asking, reading, committing, writing, backing_off, pacing };

  void begin();
  void found(Findings findings);
  void read_target();
  void ask(const std::vector<Arrival>& arrivals,
           std::function<void(const plugin::ReadAnswer&)> use);
  // Whether the reading ahead will do.
  bool has_ahead() const;
  void read(const plugin::ReadAnswer& answer);
  void write(const scaling::Decision& decision, const std::string& version);
  void written(const scaling::Decision& decision, const plugin::WriteAnswer& answer);
  void apply(const scaling::Decision& decision);
  // Tries again later if that may help, else concludes `decision` with what the outcome means.
  void fault(const char* call, const plugin::Outcome& outcome, scaling::Decision decision);
  void back_off(std::chrono::nanoseconds delay);
  // Begins, for repeats only, at once or a bit later.
  void pace();
  void conclude(const scaling::Decision& decision);
  // Whether an outcome that nobody asked for is one to be told.
  bool is_news(const scaling::Decision& decision) const;
  // Sees to it that the lane decides again when there may be more to do.
  void wake_later(const scaling::Decision& decision);

  World& world_;
  rules::Target target_;
  scaling::Memory memory_;
  State state_ = State::idle;
  // A reading that was begun before there was a decision to make.
  struct Ahead {
    std::weak_ptr<const Setup> setup;  // its scaler was asked
    scaling::Moment begun_at{};
    std::optional<plugin::ReadAnswer> answer;  // none: it goes on
  };
  std::optional<Ahead> ahead_;
  scaling::Moment paced_until_{};  // as far ahead of now as repeats were decided too soon
  int paces_ = 0;                  // a timer knows by it that it is out of date
  Arrivals waiting_;               // came since the running decision was made
  Arrivals deciding_;              // the running decision is about these
  bool reconsider_ = false;        // something has changed since
  Findings findings_;              // of the running decision
  std::optional<scaling::Moment> asked_at_;
  std::optional<scaling::Moment> wake_at_;  // a timer for that runs; others are out of date
  int faults_ = 0;                          // in a row
  std::string fault_;                       // the last of them
  int conflicts_ = 0;                       // in a row
  struct Told {
    scaling::Reason reason{};
    std::optional<std::int64_t> to;
    std::string rule;
  };
  std::optional<Told> told_;              // the last outcome
  std::set<scaling::Reason> told_waits_;  // since the last change: each is told once
};

}  // namespace scalehook::dispatch
