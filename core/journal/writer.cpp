#include "core/journal/writer.hpp"

#include <algorithm>
#include <unordered_set>

#include "core/journal/schema.hpp"

namespace scalehook::journal {
namespace {

// So many at a time that what waits meanwhile does not notice.
constexpr std::int64_t forgotten_at_once = 5'000;
constexpr int pages_given_back_at_once = 5'000;

std::int64_t to_number(Time time) { return time.time_since_epoch().count(); }

Database prepared(const std::string& path, const char* vfs) {
  Database database(path, Database::Mode::read_write, vfs);
  prepare(database, path);
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
      begin_(database_, "BEGIN IMMEDIATE"),
      commit_(database_, "COMMIT"),
      append_(database_, "INSERT INTO notification (received_at, body) VALUES (?, ?)"),
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
  begin_.run();
  try {
    work();
    commit_.run();
  } catch (const SqlError&) {
    // Some faults have rolled back already.
    if (sqlite3_get_autocommit(database_.handle()) == 0) database_.run("ROLLBACK");
    throw;
  }
}

void Writer::commit(std::deque<Write>& writes) {
  transact([&] {
    const auto gone = made_and_delivered(writes);
    for (Write& write : writes) {
      if (write.committed) {
        append_.bind(1, to_number(write.entry.received_at)).bind_blob(2, write.entry.body).run();
        write.entry.id = sqlite3_last_insert_rowid(database_.handle());
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
