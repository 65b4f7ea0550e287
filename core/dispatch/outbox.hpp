// What waits to be told to one notifier.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "core/dispatch/ledger.hpp"
#include "core/dispatch/world.hpp"

namespace scalehook::dispatch {

// Delivers in order, one event or one group of them at a time and each at least once, so that a
// notifier that fails or hangs delays only itself. The same group is tried until it is taken, after
// a kill too, for what it is has been noted before; one that the notifier calls invalid is told
// event by event, for one of them may be the reason. A passing fault is retried with growing delays
// until the event is half an hour old; what is given up then, or at once, or because too much
// waits, stays in the journal as a dead letter. What waits survives a stop, and nothing is told
// that would not survive a kill: else the decision would be made again, and told as another. All
// methods on the engine's thread.
class Outbox : public std::enable_shared_from_this<Outbox> {
 public:
  Outbox(World& world, Ledger& ledger, std::string notifier);  // both outlive it

  // Nothing happens if the notifier does not want events of that kind.
  void tell(const boost::json::object& event);
  // One that was told before the last stop and not delivered.
  void recall(std::int64_t number, std::string event);
  // After those: of them the first are the group that was being delivered then.
  void recall_group(const journal::State& group);
  static constexpr const char* group_kind = "group";
  // While the engine stops: one more try, and no more delay.
  void hurry();
  void start();

 private:
  enum class State { idle, gathering, noting, delivering, backing_off };
  struct Told {
    std::int64_t number{};
    std::string event;
    scaling::Moment since{};  // it waits
    bool stored = true;
  };

  void next();
  std::size_t gather(const Notifier& notifier);
  void note_group();
  std::size_t old() const;
  void stored(std::int64_t number);
  void drop(std::size_t index);
  void give_up(std::size_t count, const std::string& explanation);
  void forget(std::size_t count);
  void delivered(const plugin::Outcome& outcome);
  void measure();

  World& world_;
  Ledger& ledger_;
  std::string notifier_;
  std::deque<Told> waiting_;
  std::size_t bytes_ = 0;  // of all their events
  State state_ = State::idle;
  std::size_t group_ = 0;  // how many of the first are delivered together; 0: not settled
  std::size_t alone_ = 0;  // so many of the first are not told together with others
  int attempts_ = 0;       // of that group
  scaling::Moment due_{};  // the end of the gathering
  int gatherings_ = 0;     // a timer knows by it that it is out of date
};

}  // namespace scalehook::dispatch
