// What waits to be told to one notifier.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "core/dispatch/world.hpp"

namespace scalehook::dispatch {

// Delivers in order, one event at a time, so that a notifier that fails or hangs delays only
// itself. A passing fault is retried with growing delays, then the event is dropped and counted; a
// queue that is full drops its oldest. While the engine stops each gets one more try. All methods
// on the engine's thread.
class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  Outbox(World& world, std::string notifier);

  // `kind` is the event's; nothing happens if the notifier does not want it.
  void tell(std::string_view kind, std::string event, plugin::Input input);
  // Waits for no delay any more.
  void hurry();

 private:
  enum class State { idle, delivering, backing_off };
  struct Told {
    std::string event;
    plugin::Input input;
  };

  void next();
  void drop();
  void forget_first();
  void delivered(const plugin::Outcome& outcome);

  World& world_;
  std::string notifier_;
  std::deque<Told> waiting_;  // the first is the one being delivered, unless idle
  std::size_t bytes_ = 0;     // of all their events
  State state_ = State::idle;
  int attempts_ = 0;  // of the first
};

}  // namespace scalehook::dispatch
