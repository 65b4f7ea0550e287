// What the engine does, on its way to the journal.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/dispatch/runtime.hpp"
#include "core/journal/change.hpp"

namespace scalehook::dispatch {

// All that is noted while the engine deals with one message is one transaction: what was decided,
// what is remembered, what is told, and that a notification is done. It is handed over soon after,
// and in order. So after a kill either all of it has happened, or it happens again. All methods on
// the engine's thread.
class Ledger : public std::enable_shared_from_this<Ledger> {
 public:
  // Keeps the change, and calls back, from any thread, once it is on disk.
  using Store = std::function<void(journal::Change, std::function<void()> stored)>;

  Ledger(Runtime& runtime, Store store);  // the runtime outlives it

  // Called once, unless all stops before: with none when the notification is finished, or with why
  // it is not yet.
  using Settled = std::function<void(std::optional<std::string> fault)>;

  // A notification is finished once each of so many lanes has concluded it. `settled` may be null.
  void open(std::int64_t notification, std::size_t lanes, Settled settled);
  void conclude(std::int64_t notification);
  // A lane cannot conclude it now, and goes on trying. Who waits for it waits no more.
  void defer(std::int64_t notification, const std::string& fault);
  // One is on its way to open(); any thread.
  void expect() { ++unfinished_; }
  // How many are not finished; any thread.
  std::size_t unfinished() const { return unfinished_; }

  // What is noted of a notification before its lanes conclude is not noted again, though it comes
  // again after a kill: begin() says that there is such, take_up() gives what it said before.
  void begin(std::int64_t notification);
  bool has_begun(std::int64_t notification) const { return begun_.contains(notification); }
  void take_up(const journal::State& begun);
  void begin_again();  // notes all of that once more
  static constexpr const char* begun_kind = "begun";

  void note(journal::Record record);
  void note(journal::State state);
  // Gives the event its number.
  std::int64_t note(std::string notifier, std::string event);
  void note_delivered(std::int64_t event);
  void note_undelivered(std::int64_t event, std::string explanation);
  // Events from before have lower numbers.
  void number_from(std::int64_t event) { next_event_ = event; }

  // Runs `then` once all that has been noted so far is on disk.
  void when_stored(std::function<void()> then);
  // Hands over what has been noted, without waiting for the end of the message.
  void flush();

 private:
  void soon();
  void finish(std::int64_t notification);
  void settle(std::int64_t notification, std::optional<std::string> fault);

  Runtime& runtime_;
  Store store_;
  journal::Change change_;
  std::vector<std::function<void()>> waiting_;           // for the change to be on disk
  bool scheduled_ = false;                               // a flush is on its way
  std::unordered_map<std::int64_t, std::size_t> open_;   // lanes that have not concluded
  std::unordered_map<std::int64_t, Settled> settled_;    // of those somebody waits for
  std::atomic<std::size_t> unfinished_ = 0;              // also those that are on their way
  std::set<std::int64_t> begun_;                         // of those that are not finished
  std::unordered_map<std::string, std::size_t> places_;  // of states in the change
  std::int64_t next_event_ = 1;
};

}  // namespace scalehook::dispatch
