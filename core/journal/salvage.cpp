#include "core/journal/salvage.hpp"

#include <fmt/chrono.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "core/journal/schema.hpp"
#include "core/journal/sqlite.hpp"

namespace scalehook::journal {
namespace {

// Reads what the daemon needs at its start, which finds damage there.
void try_out(const std::string& path) {
  Database database(path, Database::Mode::read_write);
  prepare(database, path);
  database.number("SELECT count(*), total(length(body)) FROM notification");
  database.number("SELECT count(*), total(length(json)) FROM state");
  database.number("SELECT count(*), total(length(json)) FROM event");
  database.number("SELECT max(id) FROM record");
}

// With its log, which may hold what is not yet in the file.
std::string move_aside(const std::string& path) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string to = fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", path, now);
  std::filesystem::rename(path, to);
  for (const char* part : {"-wal", "-shm"}) {
    std::error_code ignored;  // there may be none
    std::filesystem::rename(path + part, to + part, ignored);
  }
  return to;
}

// Copies a table's rows, from both ends as far as they can be read. Counts them.
std::int64_t copy(Database& from, Database& to, const std::string& table,
                  const std::string& columns, int count) {
  std::string places = "?1";
  for (int column = 2; column <= count; ++column) places += ", ?" + std::to_string(column);
  Statement insert(to,
                   "INSERT OR IGNORE INTO " + table + " (" + columns + ") VALUES (" + places + ")");
  std::int64_t copied = 0;
  for (const char* order : {"", " DESC"}) {
    try {
      Statement rows(from, "SELECT " + columns + " FROM " + table + " ORDER BY 1" + order);
      while (rows.step()) {
        for (int column = 0; column < count; ++column) insert.bind_column(column + 1, rows, column);
        insert.run();
        copied += sqlite3_changes(to.handle());
      }
      return copied;
    } catch (const SqlError& error) {
      if (!error.is_damage()) throw;
    }
  }
  return copied;
}

Salvage rebuild(const std::string& damaged, const std::string& path) {
  Salvage salvage;
  salvage.set_aside = damaged;
  Database into(path, Database::Mode::read_write);
  prepare(into, path);
  // What is remembered knows the ids of notifications, and takes lower ones for dealt with: ids go
  // on from a number that none has come to.
  const auto high = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  into.run(("INSERT INTO sqlite_sequence (name, seq) VALUES ('notification', " +
            std::to_string(high.count()) + ")")
               .c_str());
  try {
    Database from(damaged, Database::Mode::read_write);
    into.run("BEGIN");
    salvage.states = copy(from, into, "state", "kind, name, json", 3);
    salvage.notifications = copy(from, into, "notification", "id, received_at, body", 3);
    copy(from, into, "event", "number, notifier, json, failed_at, explanation", 5);
    salvage.records = copy(from, into, "record", "id, notification, time, target, reason, json", 6);
    into.run("COMMIT");
  } catch (const SqlError& error) {
    if (!error.is_damage()) throw;
    if (sqlite3_get_autocommit(into.handle()) == 0) into.run("COMMIT");
  }
  return salvage;
}

}  // namespace

std::optional<Salvage> mend(const std::string& path) {
  std::string fault;
  try {
    try_out(path);
    return std::nullopt;
  } catch (const SqlError& error) {
    if (!error.is_damage()) throw;
    fault = error.what();
  }
  Salvage salvage = rebuild(move_aside(path), path);
  salvage.fault = fault;
  return salvage;
}

}  // namespace scalehook::journal
