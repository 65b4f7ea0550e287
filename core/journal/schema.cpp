#include "core/journal/schema.hpp"

#include <array>

namespace scalehook::journal {
namespace {

constexpr std::int64_t known_version = 4;
constexpr std::int64_t application_id = 0x7363686B;  // "schk": file(1) and we tell it from others

// A notification is here until it has been dealt with; what is known of it then is in its records.
// Times are nanoseconds since the epoch. AUTOINCREMENT: an id is never used again, not even after
// the newest rows were deleted. A body is whatever was sent, hence a blob.
constexpr const char* version_1 = R"(
  CREATE TABLE notification (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    received_at INTEGER NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE record (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    notification INTEGER,
    time INTEGER NOT NULL,
    target TEXT NOT NULL,
    reason TEXT NOT NULL,
    json TEXT NOT NULL
  ) STRICT;
  CREATE INDEX record_of_target ON record (target, id);
)";

// What the engine remembers; and records by time, with and without their target.
constexpr const char* version_2 = R"(
  CREATE TABLE state (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (kind, name)
  ) STRICT, WITHOUT ROWID;
  DROP INDEX record_of_target;
  CREATE INDEX record_of_target ON record (target, time);
  CREATE INDEX record_of_time ON record (time);
)";

// What notifiers are to be told, and what could not be told to them.
constexpr const char* version_3 = R"(
  CREATE TABLE event (
    number INTEGER PRIMARY KEY,
    notifier TEXT NOT NULL,
    json TEXT NOT NULL,
    failed_at INTEGER,
    explanation TEXT
  ) STRICT;
  CREATE INDEX event_of_failure ON event (failed_at) WHERE failed_at IS NOT NULL;
)";

// Bodies are compressed from here on, which older versions cannot read. The last id has its row
// from the beginning.
constexpr const char* version_4 = R"(
  INSERT INTO sqlite_sequence (name, seq) SELECT 'notification', 0
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'notification');
)";

// Each step leads from one version to the next; a new file takes them all.
constexpr std::array<const char*, known_version> steps{version_1, version_2, version_3, version_4};

bool is_empty(Database& database) {
  return database.number("SELECT count(*) FROM sqlite_schema") == 0;
}

// Deleted records give their space back, a bit at a time.
constexpr std::int64_t incremental = 2;

// A file of version 1 must be written anew for that. On a disk too full for it the file is as good
// as before, and the next start tries again.
void make_shrinkable(Database& database) {
  if (database.number("PRAGMA auto_vacuum") == incremental) return;
  try {
    database.run("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  } catch (const SqlError& error) {
    if (!error.is_full()) throw;
  }
}

}  // namespace

void check_version(Database& database, const std::string& path) {
  if (is_empty(database)) return;
  if (database.number("PRAGMA application_id") != application_id) {
    throw std::runtime_error(path + " is another program's database; give another --storage.path");
  }
  const std::int64_t version = database.number("PRAGMA user_version");
  if (version > known_version) {
    throw std::runtime_error(path + " was written by a newer scalehook (schema " +
                             std::to_string(version) + ", this one knows " +
                             std::to_string(known_version) +
                             "); start that version, or give another --storage.path");
  }
}

void prepare(Database& database, const std::string& path) {
  check_version(database, path);
  // Before anything is in the file, even the mode of its log.
  if (is_empty(database)) database.run("PRAGMA auto_vacuum = INCREMENTAL");
  if (database.text("PRAGMA journal_mode = WAL") != "wal") {
    throw std::runtime_error(path +
                             " cannot have a write-ahead log here; --storage.path must be on "
                             "a local file system");
  }
  // With NORMAL a power cut loses the last commits, and Alertmanager was told that they are kept.
  database.run("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
  const std::int64_t version = database.number("PRAGMA user_version");
  if (version < known_version) {
    database.run("BEGIN IMMEDIATE");
    for (auto step = version; step < known_version; ++step) {
      database.run(steps.at(static_cast<std::size_t>(step)));
    }
    database.run(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
    database.run(("PRAGMA user_version = " + std::to_string(known_version)).c_str());
    database.run("COMMIT");
  }
  make_shrinkable(database);
}

}  // namespace scalehook::journal
