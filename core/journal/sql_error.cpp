#include "core/journal/sql_error.hpp"

#include <cerrno>
#include <cstring>

namespace scalehook::journal {
namespace {

int primary(int code) { return code & 0xFF; }

// SQLite has one sentence for all of these. The index is the -shm file.
std::string_view failed_operation(int code) {
  switch (code) {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_CORRUPTFS:  // what SQLite calls an EIO of reading
      return "reading failed";
    case SQLITE_IOERR_SHORT_READ:
      return "reading failed: the file is shorter than it should be";
    case SQLITE_IOERR_WRITE:
      return "writing failed";
    case SQLITE_IOERR_FSYNC:
      return "syncing to the disk (fsync) failed";
    case SQLITE_IOERR_DIR_FSYNC:
      return "syncing the folder to the disk (fsync) failed";
    case SQLITE_IOERR_TRUNCATE:
      return "truncating failed";
    case SQLITE_IOERR_FSTAT:
    case SQLITE_IOERR_ACCESS:
      return "looking at the file (stat) failed";
    case SQLITE_IOERR_LOCK:
    case SQLITE_IOERR_RDLOCK:
    case SQLITE_IOERR_UNLOCK:
    case SQLITE_IOERR_CHECKRESERVEDLOCK:
      return "locking failed";
    case SQLITE_IOERR_DELETE:
    case SQLITE_IOERR_DELETE_NOENT:
      return "deleting its log failed";
    case SQLITE_IOERR_CLOSE:
      return "closing failed";
    case SQLITE_IOERR_SEEK:
      return "seeking failed";
    case SQLITE_IOERR_SHMOPEN:
      return "opening the index of its log (-shm) failed";
    case SQLITE_IOERR_SHMSIZE:
      return "enlarging the index of its log (-shm) failed";
    case SQLITE_IOERR_SHMLOCK:
      return "locking the index of its log (-shm) failed";
    case SQLITE_IOERR_SHMMAP:
    case SQLITE_IOERR_MMAP:
      return "mapping into memory (mmap) failed";
    default:
      return {};
  }
}

// Where errno is of what failed, and not of something before.
int system_error(sqlite3* database, int code) {
  const bool tells = (primary(code) == SQLITE_IOERR && code != SQLITE_IOERR_SHORT_READ &&
                      code != SQLITE_IOERR_NOMEM) ||
                     primary(code) == SQLITE_CANTOPEN;
  if (!tells) return 0;
  // Of a COMMIT SQLite keeps none.
  const int before = errno;
  const int kept = database != nullptr ? sqlite3_system_errno(database) : 0;
  return kept != 0 ? kept : before;
}

std::string message(sqlite3* database, int code, int system) {
  std::string text{failed_operation(code)};
  if (text.empty()) text = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  return system == 0 ? text : text + ": " + std::strerror(system);
}

std::string_view remedy(int code) {
  switch (primary(code)) {
    case SQLITE_IOERR:
      return "see to the disk, the kernel's log says more";
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "let scalehook's user write the file and its folder";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "end the program that holds it";
    default:
      return {};
  }
}

}  // namespace

SqlError::SqlError(sqlite3* database, int result)
    : SqlError(database, result, system_error(database, result)) {}

SqlError::SqlError(sqlite3* database, int result, int system_error)
    : std::runtime_error(message(database, result, system_error)),
      code(result),
      system(system_error) {}

bool SqlError::is_full() const {
  return primary(code) == SQLITE_FULL || system == ENOSPC || system == EDQUOT;
}

bool SqlError::is_damage() const {
  return primary(code) == SQLITE_CORRUPT || primary(code) == SQLITE_NOTADB;
}

bool SqlError::is_constraint() const { return primary(code) == SQLITE_CONSTRAINT; }

std::string explain(const std::string& path, const SqlError& error, std::string_view then) {
  std::string fault = path + ": ";
  std::string_view to_do;
  if (error.is_full()) {
    fault += "the disk is full";
    to_do = "free some space";
  } else if (error.is_damage()) {
    // Whoever reads it: it is the daemon that mends it, when it starts or has to write there.
    return path + " is damaged (" + error.what() +
           "); scalehook serve sets it aside and goes on with what can be read";
  } else {
    fault += error.what();
    to_do = remedy(error.code);
  }
  if (to_do.empty()) return fault;
  return fault.append("; ").append(to_do).append(", and ").append(then);
}

}  // namespace scalehook::journal
