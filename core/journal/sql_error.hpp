// What SQLite says when something fails, and how people are told.
#pragma once

#include <sqlite3.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace scalehook::journal {

struct SqlError : std::runtime_error {
  // `database` may be null; else what failed was the last call with it, just now.
  SqlError(sqlite3* database, int result);

  // No space is left, or the user's share of it is used up, whatever SQLite was about to do.
  bool is_full() const;
  // The file is not what SQLite has written.
  bool is_damage() const;
  // The table does not take such a row.
  bool is_constraint() const;

  int code;    // the extended result code, e.g. SQLITE_IOERR_FSYNC
  int system;  // errno; 0 if it says nothing

 private:
  SqlError(sqlite3* database, int result, int system_error);
};

// One sentence for the user: the path, what failed there and why, what to do, and `then`, what
// comes of that.
std::string explain(const std::string& path, const SqlError& error, std::string_view then);

}  // namespace scalehook::journal
