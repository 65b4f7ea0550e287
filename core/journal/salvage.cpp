#include "core/journal/salvage.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "core/journal/schema.hpp"
#include "core/journal/sqlite.hpp"

namespace scalehook::journal {
namespace {

constexpr std::array<const char*, 3> parts{"", "-wal", "-shm"};

// Reads what the daemon needs at its start, which finds damage there.
void try_out(const std::string& path, const char* vfs) {
  Database database(path, Database::Mode::read_write, vfs);
  prepare(database, path);
  database.number("SELECT count(*), total(length(body)) FROM notification");
  database.number("SELECT count(*), total(length(json)) FROM state");
  database.number("SELECT count(*), total(length(json)) FROM event");
  database.number("SELECT max(id) FROM record");
}

// Whole, and to take the place of the damaged one.
std::string successor(const std::string& path) { return path + ".salvaged"; }

std::string name_aside(const std::string& path) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string stem = fmt::format("{}.damaged-{:%Y%m%dT%H%M%SZ}", path, now);
  std::string to = stem;
  for (int number = 2; std::filesystem::exists(to); ++number)
    to = fmt::format("{}-{}", stem, number);
  return to;
}

// What is committed into the new file must not outlive its name.
void sync_folder(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  const int opened = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = opened >= 0 && fsync(opened) == 0;
  const int error = errno;
  if (opened >= 0) close(opened);
  if (!synced) {
    throw std::runtime_error("the storage folder " + folder +
                             " cannot be synced to the disk: " + std::strerror(error));
  }
}

// Where a power cut or a fault ends it, it can go on: for as long as there is a successor.
void put_in_place(const std::string& path, const std::string& aside) {
  if (std::filesystem::exists(successor(path))) {
    // With its log, which may hold what is not yet in the file.
    for (const char* part : parts) {
      if (std::filesystem::exists(path + part)) std::filesystem::rename(path + part, aside + part);
    }
    std::filesystem::rename(successor(path), path);
  }
  sync_folder(path);
}

void remove_parts(const std::string& path) {
  for (const char* part : parts) std::filesystem::remove(path + part);
}

// False for a row that we cannot have written: it is damage that reads like a row.
bool insert_row(Statement& insert) {
  try {
    insert.run();
    return true;
  } catch (const SqlError& error) {
    if (!error.is_constraint()) throw;
    return false;
  }
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
        if (insert_row(insert)) copied += sqlite3_changes(to.handle());
      }
      return copied;
    } catch (const SqlError& error) {
      if (!error.is_damage()) throw;
    }
  }
  return copied;
}

// Counts what it could read.
void rebuild(const std::string& damaged, const std::string& path, Salvage& salvage) {
  remove_parts(path);
  Database into(path, Database::Mode::read_write);
  prepare(into, path);
  // What is remembered knows the ids of notifications, and takes lower ones for dealt with: ids go
  // on from a number that none has come to.
  const auto high = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  into.run(("UPDATE sqlite_sequence SET seq = " + std::to_string(high.count()) +
            " WHERE name = 'notification'")
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
  // Its log would not go with it.
  into.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

}  // namespace

std::optional<Salvage> mend(const std::string& path, const char* vfs) {
  if (std::filesystem::exists(successor(path))) put_in_place(path, name_aside(path));
  try {
    try_out(path, vfs);
    return std::nullopt;
  } catch (const SqlError& error) {
    if (!error.is_damage()) throw;
    return Mending(path, error.what()).run();
  }
}

Mending::Mending(std::string path, std::string fault) : path_(std::move(path)) {
  salvage_.fault = std::move(fault);
}

const Salvage& Mending::run() {
  if (!copied_) {
    const std::string unfinished = path_ + ".new";
    try {
      rebuild(path_, unfinished, salvage_);
    } catch (...) {
      remove_parts(unfinished);  // others need the space, too
      throw;
    }
    salvage_.set_aside = name_aside(path_);
    std::filesystem::rename(unfinished, successor(path_));
    copied_ = true;
  }
  put_in_place(path_, salvage_.set_aside);
  return salvage_;
}

}  // namespace scalehook::journal
