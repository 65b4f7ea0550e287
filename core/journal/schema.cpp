#include "core/journal/schema.hpp"

namespace scalehook::journal {
namespace {

constexpr std::int64_t known_version = 1;
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

}  // namespace

void prepare(Database& database, const std::string& path) {
  const std::int64_t version = database.number("PRAGMA user_version");
  const bool is_empty = database.number("SELECT count(*) FROM sqlite_schema") == 0;
  if (!is_empty && database.number("PRAGMA application_id") != application_id) {
    throw std::runtime_error(path + " is another program's database; give another --storage.path");
  }
  if (version > known_version) {
    throw std::runtime_error(path + " was written by a newer scalehook (schema " +
                             std::to_string(version) + ", this one knows " +
                             std::to_string(known_version) +
                             "); start that version, or give another --storage.path");
  }
  if (database.text("PRAGMA journal_mode = WAL") != "wal") {
    throw std::runtime_error(path +
                             " cannot have a write-ahead log here; --storage.path must be on "
                             "a local file system");
  }
  // With NORMAL a power cut loses the last commits, and Alertmanager was told that they are kept.
  database.run("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
  if (is_empty) {
    database.run("BEGIN IMMEDIATE");
    database.run(version_1);
    database.run(("PRAGMA application_id = " + std::to_string(application_id)).c_str());
    database.run(("PRAGMA user_version = " + std::to_string(known_version)).c_str());
    database.run("COMMIT");
  }
}

}  // namespace scalehook::journal
