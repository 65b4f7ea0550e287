// One target's way from claims to a write, one call at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/dispatch/world.hpp"
#include "core/plugin/instance.hpp"
#include "core/rules/target.hpp"
#include "core/scaling/claim.hpp"
#include "core/scaling/decide.hpp"

namespace scalehook::dispatch {

// A state, not a thread: idle, reading, writing or backing off. All methods on the engine's thread.
class Lane : public std::enable_shared_from_this<Lane> {
 public:
  Lane(World& world, rules::Target target);

  const rules::Target& target() const { return target_; }
  scaling::Memory& memory() { return memory_; }
  // Nothing goes on, nothing waits and nothing is remembered: the lane may go.
  bool done() const;

  // Takes the alerts of one notification, already applied to the memory.
  void arrive(Arrival arrival);
  // Decides again, for the rules have changed.
  void reconsider();

 private:
  enum class State { idle, reading, writing, backing_off };

  void begin();
  void read(plugin::ReadAnswer answer);
  void write(const scaling::Decision& decision, const std::string& version);
  void written(const scaling::Decision& decision, const plugin::WriteAnswer& answer);
  // Tries again later if that may help, else concludes with what the outcome means.
  void fault(const char* call, const plugin::Outcome& outcome);
  void back_off(std::chrono::nanoseconds delay);
  void conclude(const scaling::Decision& decision);

  World& world_;
  rules::Target target_;
  scaling::Memory memory_;
  State state_ = State::idle;
  std::vector<Arrival> waiting_;   // came since the running decision was made
  std::vector<Arrival> deciding_;  // the running decision is about these
  bool reconsider_ = false;
  int faults_ = 0;     // in a row
  int conflicts_ = 0;  // in a row
};

}  // namespace scalehook::dispatch
