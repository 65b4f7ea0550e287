// SQLite's C interface with owners. Faults are thrown, within this folder only: every SQL statement
// can fail, and all of a transaction fails together.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/journal/sql_error.hpp"

namespace scalehook::journal {

// A connection, for one thread at a time.
class Database {
 public:
  enum class Mode { read_write, read_only };
  // `vfs`: which of SQLite's ways to the disk; null is the usual one.
  Database(const std::string& path, Mode mode, const char* vfs = nullptr);

  // One or more statements without results.
  void run(const char* sql);
  // The first column of the first row, as a number or as text.
  std::int64_t number(const char* sql);
  std::string text(const char* sql);

  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

// A prepared statement; must not outlive its database. Parameters and columns as in SQL: the first
// parameter is 1, the first column 0.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);

  Statement& bind(int parameter, std::int64_t number);
  // Borrowed until the next reset.
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_blob(int parameter, std::string_view bytes);
  // A value of another statement's row, as it is; borrowed until that one steps on.
  Statement& bind_column(int parameter, const Statement& row, int column);

  bool step();  // whether there is a row
  void run();   // to its end, and ready for the next parameters

  std::int64_t number(int column) const;
  std::string text(int column) const;

 private:
  void check(int result) const;

  sqlite3* database_;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Must not outlive its database.
class Transaction {
 public:
  explicit Transaction(Database& database);

  // All of the work is done or, whatever it throws, nothing; throws that, and SqlError.
  template <typename Work>
  void run(Work&& work) {
    begin_.run();
    try {
      work();
      commit_.run();
    } catch (...) {
      roll_back();
      throw;
    }
  }

 private:
  void roll_back();

  sqlite3* database_;
  Statement begin_, commit_;
};

}  // namespace scalehook::journal
