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
// queue that is full drops its oldest. All methods on the engine's thread.
class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  Outbox(World& world, std::string notifier);

  // `kind` is the event's; nothing happens if the notifier does not want it.
  void tell(std::string_view kind, std::string event);
  bool done() const { return !busy_ && waiting_.empty(); }

 private:
  void next();
  void delivered(const plugin::Outcome& outcome);

  World& world_;
  std::string notifier_;
  std::deque<std::string> waiting_;  // the first is the one being delivered while busy
  bool busy_ = false;
  int attempts_ = 0;  // of the first
};

}  // namespace scalehook::dispatch
