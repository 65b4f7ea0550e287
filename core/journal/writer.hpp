// The writing connection and its statements.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>

#include "core/journal/change.hpp"
#include "core/journal/journal.hpp"
#include "core/journal/sqlite.hpp"

namespace scalehook::journal {

// A call of append, store, forget_before or flush.
struct Write {
  Entry entry;                      // of append
  Journal::Committed committed;     // of append
  Change change;                    // of store
  std::function<void()> stored;     // of store
  std::optional<Time> forget;       // of forget_before
  std::function<void(bool)> tried;  // of flush, with whether all before it is on disk
};

// For one thread at a time. Its log never holds more than there is room for in the file, so that it
// can always become part of it; on a large disk 16 MiB.
class Writer {
 public:
  // Creates the tables where there are none; throws as `prepare` does, or SqlError.
  explicit Writer(const std::string& path, const char* vfs = nullptr);

  // All or none; on a full disk tried once more without the log. Throws SqlError.
  void commit(std::deque<Write>& writes);

  // Throws SqlError if nothing can be written; leaves nothing.
  void try_out();

  // Whether nothing from before that time is left of records and of what could not be delivered;
  // throws SqlError.
  bool forget(Time before);

 private:
  template <typename Work>
  void transact(Work work);
  bool empty_log();
  // `gone`: events that need not be written.
  void apply(const Change& change, const std::unordered_set<std::int64_t>& gone);

  Database database_;
  Transaction transaction_;
  Statement append_, finish_;
  Statement record_;
  Statement keep_, drop_;
  Statement event_, delivered_, undelivered_;
  Statement forget_records_, forget_events_;
};

}  // namespace scalehook::journal
