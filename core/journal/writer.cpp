#include "core/journal/writer.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <unordered_set>

#include "core/journal/body.hpp"
#include "core/journal/schema.hpp"

namespace scalehook::journal {
namespace {

// So many at a time that what waits meanwhile does not notice.
constexpr std::int64_t forgotten_at_once = 5'000;
constexpr int pages_given_back_at_once = 5'000;

constexpr std::uint64_t page_size = 4096;  // as SQLite has it by default

std::int64_t to_number(Time time) { return time.time_since_epoch().count(); }

// In pages: 16 MiB. A notification is soon deleted, and what has been by then is never copied.
constexpr int longest_log = 4096;

// Called after each commit, in place of SQLite's own, which knows only a number of pages: on a
// small disk that is all there is, and a full log could no more become part of the file.
int bound_log(void*, sqlite3* database, const char* schema, int pages) {
  const char* const path = sqlite3_db_filename(database, schema);
  struct statvfs disk {};
  bool is_long = pages >= longest_log;
  if (!is_long && statvfs(path, &disk) == 0 && disk.f_blocks > 0) {  // 0: without a bound
    is_long = static_cast<std::uint64_t>(pages) * page_size >=
              static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  }
  // What fails here is met again by the next commit.
  if (is_long) {
    sqlite3_wal_checkpoint_v2(database, schema, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
  return SQLITE_OK;
}

Database prepared(const std::string& path, const char* vfs) {
  Database database(path, Database::Mode::read_write, vfs);
  prepare(database, path);
  sqlite3_wal_hook(database.handle(), bound_log, nullptr);
  return database;
}

// Events that are delivered before they are even written need not be.
std::unordered_set<std::int64_t> made_and_delivered(const std::deque<Write>& writes) {
  std::unordered_set<std::int64_t> made;
  for (const Write& write : writes) {
    for (const Event& event : write.change.events) made.insert(event.number);
  }
  std::unordered_set<std::int64_t> both;
  if (made.empty()) return both;
  for (const Write& write : writes) {
    for (const std::int64_t number : write.change.delivered) {
      if (made.contains(number)) both.insert(number);
    }
  }
  return both;
}

}  // namespace

Writer::Writer(const std::string& path, const char* vfs)
    : database_(prepared(path, vfs)),
      transaction_(database_),
      append_(database_, "INSERT INTO notification (id, received_at, body) VALUES (?, ?, ?)"),
      finish_(database_, "DELETE FROM notification WHERE id = ?"),
      record_(database_,
              "INSERT INTO record (notification, time, target, reason, json) "
              "VALUES (nullif(?, 0), ?, ?, ?, ?)"),
      keep_(database_, "INSERT OR REPLACE INTO state (kind, name, json) VALUES (?, ?, ?)"),
      drop_(database_, "DELETE FROM state WHERE kind = ? AND name = ?"),
      event_(database_, "INSERT OR REPLACE INTO event (number, notifier, json) VALUES (?, ?, ?)"),
      delivered_(database_, "DELETE FROM event WHERE number = ?"),
      undelivered_(database_, "UPDATE event SET failed_at = ?, explanation = ? WHERE number = ?"),
      forget_records_(database_,
                      "DELETE FROM record WHERE id IN "
                      "(SELECT id FROM record WHERE time < ? ORDER BY time LIMIT ?)"),
      forget_events_(database_,
                     "DELETE FROM event WHERE number IN (SELECT number FROM event "
                     "WHERE failed_at IS NOT NULL AND failed_at < ? ORDER BY failed_at LIMIT ?)") {}

template <typename Work>
void Writer::transact(Work work) {
  try {
    return transaction_.run(work);
  } catch (const SqlError& error) {
    if (!error.is_full() || !empty_log()) throw;
  }
  transaction_.run(work);
}

// Whether that gave the disk some space.
bool Writer::empty_log() {
  int pages = 0;
  return sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, &pages,
                                   nullptr) == SQLITE_OK;
}

void Writer::commit(std::deque<Write>& writes) {
  transact([&] {
    const auto gone = made_and_delivered(writes);
    for (Write& write : writes) {
      if (write.committed) {
        const std::string body = packed(write.entry.body);
        append_.bind(1, write.entry.id)
            .bind(2, to_number(write.entry.received_at))
            .bind_blob(3, body)
            .run();
      } else {
        apply(write.change, gone);
      }
    }
  });
}

void Writer::try_out() {
  transact([&] {
    keep_.bind(1, "try").bind(2, "").bind(3, "").run();
    drop_.bind(1, "try").bind(2, "").run();
  });
}

void Writer::apply(const Change& change, const std::unordered_set<std::int64_t>& gone) {
  for (const std::int64_t notification : change.finished) finish_.bind(1, notification).run();
  for (const Record& record : change.records) {
    record_.bind(1, record.notification)
        .bind(2, to_number(record.time))
        .bind(3, record.target)
        .bind(4, record.reason)
        .bind(5, record.json)
        .run();
  }
  for (const State& state : change.states) {
    if (state.json.empty()) {
      drop_.bind(1, state.kind).bind(2, state.name).run();
    } else {
      keep_.bind(1, state.kind).bind(2, state.name).bind(3, state.json).run();
    }
  }
  for (const Event& event : change.events) {
    if (gone.contains(event.number)) continue;
    event_.bind(1, event.number).bind(2, event.notifier).bind(3, event.json).run();
  }
  for (const std::int64_t number : change.delivered) {
    if (!gone.contains(number)) delivered_.bind(1, number).run();
  }
  for (const Undelivered& letter : change.undelivered) {
    undelivered_.bind(1, to_number(letter.time))
        .bind(2, letter.explanation)
        .bind(3, letter.number)
        .run();
  }
}

bool Writer::forget(Time before) {
  bool all = true;
  const auto forget = [&](Statement& statement) {
    statement.bind(1, to_number(before)).bind(2, forgotten_at_once).run();
    all = all && sqlite3_changes(database_.handle()) < forgotten_at_once;
  };
  transact([&] {
    forget(forget_records_);
    forget(forget_events_);
  });
  database_.run(
      ("PRAGMA incremental_vacuum(" + std::to_string(pages_given_back_at_once) + ")").c_str());
  return all;
}

}  // namespace scalehook::journal
