// What must survive: notifications before Alertmanager is told 200, and what was decided on them.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/journal/change.hpp"
#include "core/journal/history.hpp"
#include "core/journal/salvage.hpp"

namespace scalehook::journal {

// A webhook body as it arrived.
struct Entry {
  std::int64_t id{};  // rises; never that of another entry that was on disk
  Time received_at{};
  std::string body;  // empty if it was damaged on disk
};

// One transaction, for metrics.
struct Commit {
  bool successful{};
  std::chrono::nanoseconds duration{};
  std::size_t writes{};   // how many calls it took together
  std::size_t waiting{};  // how many have come meanwhile
};

struct Limits {
  std::size_t waiting_bytes = std::size_t{64} * 1024 * 1024;  // of bodies that are not written yet
};

// SQLite in `<folder>/journal.db` (WAL, synchronous=FULL). One thread holds the only writing
// connection; each commit takes the whole queue (group commit). All methods may be called from any
// thread.
class Journal {
 public:
  using Observer = std::function<void(const Commit&)>;
  using Salvaged = std::function<void(const Salvage&)>;

  // Creates the folder and the file where missing. Fails with one sentence: folder not writable, a
  // second daemon has it open, a newer schema, another program's database, no space for a new
  // file; with a file that is there it opens also on a full disk, and has a fault() then. The
  // observer is called on the writer thread after each transaction, before the callbacks of append.
  //
  // A damaged file is set aside and what can be read of it taken over: here, and when a write meets
  // the damage; until then there is a fault(). Where that fails, for want of space perhaps, it is
  // tried again after a second and then ever later, up to a minute, for each time all is copied.
  // `salvaged` is told, here or on the writer thread.
  static boost::system::result<std::unique_ptr<Journal>, std::string> open(
      const std::string& folder, Observer observer = {}, Limits limits = {},
      Salvaged salvaged = {});
  ~Journal();  // drains the queue, then closes

  using Committed = std::function<void(boost::system::result<std::int64_t, std::string>)>;

  // Calls `committed` on the writer thread with the entry's id once it is on disk, or with one
  // sentence if it could not be written (and then it is not tried again: Alertmanager does); in the
  // order of the calls, in which ids rise. If too much waits already, it is refused at once, on the
  // caller's thread. The callback must neither block nor throw; it may call the journal, but not
  // flush.
  void append(Time received_at, std::string body, Committed committed);

  // Writes it soon, in the order of the calls, and calls `stored` on the writer thread once it is
  // on disk. What cannot be written is kept and tried again every second and with each later write;
  // at the end it may be dropped without that call. The callback is as that of append.
  void store(Change change, std::function<void()> stored = {});

  // Deletes the records from before that time, and what could not be delivered, soon; a long
  // history in parts a second apart, so that nothing else waits for it. The file gives the space
  // back.
  void forget_before(Time time);

  // Entries that were appended and are not finished, oldest first: what a killed daemon left.
  // Throws std::runtime_error if the file cannot be read.
  std::vector<Entry> unfinished() const;

  // All of a kind, by name. Throws std::runtime_error if the file cannot be read.
  std::vector<State> states(const std::string& kind) const;

  // Those that were stored and neither delivered nor given up, in their order. Throws
  // std::runtime_error if the file cannot be read.
  std::vector<Event> events() const;

  // The highest number of an event, also of those that were given up; 0 if there is none. Throws
  // std::runtime_error if the file cannot be read.
  std::int64_t last_event() const;

  // Why the last try to write failed, one sentence; none if it did not. It is tried again every
  // second, so that this ends by itself.
  std::optional<std::string> fault() const;

  // Whether many write at the same time now, so that each waits for others.
  bool is_crowded() const;

  // What was decided, for others to read; lives as long as the journal.
  const History& history() const;

  // Waits until all that was handed over so far was tried. False: some of it is not on disk; what
  // was finished is tried again, what was appended is not.
  bool flush();

 private:
  class Impl;
  explicit Journal(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace scalehook::journal
