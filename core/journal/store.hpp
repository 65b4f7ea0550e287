// The journal's file and all that holds it open.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>

#include "core/journal/history.hpp"
#include "core/journal/salvage.hpp"
#include "core/journal/sqlite.hpp"
#include "core/journal/writer.hpp"

namespace scalehook::journal {

// Connections of one process to one file, which are closed and opened anew together: when a damaged
// file was replaced, and when there is space again for what a full disk had no room for.
class Store {
 public:
  using Salvaged = std::function<void(const Salvage&)>;

  // Creates the tables where there are none, and mends a damaged file. Throws as `mend` does. The
  // callback is called here, and by write().
  Store(const std::string& folder, Salvaged salvaged);

  // Does the work with the writer. If it meets damage, tells that, mends the file, and does the
  // work again. What cannot be mended is tried again after growing delays; until then it throws
  // what the last try threw. One thread; throws what the work does, and std::runtime_error.
  void write(const std::function<void(Writer&)>& work,
             const std::function<void(const SqlError&)>& damaged);

  // Any thread; throws std::runtime_error.
  template <typename Read>
  auto read(const char* sql, Read read_rows) {
    const std::lock_guard guard(reader_mutex_);
    if (!reader_) throw std::runtime_error(path_ + " is being mended; try again");
    try {
      Statement statement(*reader_, sql);
      return read_rows(statement);
    } catch (const SqlError& error) {
      throw std::runtime_error(explain(path_, error, "try again"));
    }
  }

  const History& history() const { return history_; }

 private:
  void open();
  void open_by(const char* vfs);
  void close();
  void replace();
  bool may_replace() const;

  const std::string path_;
  const Salvaged salvaged_;

  // Of who writes.
  std::optional<Writer> writer_;
  std::optional<Mending> mending_;  // of damage that was met and is not mended yet
  struct Failed {
    std::exception_ptr fault;
    std::chrono::seconds delay;
    std::chrono::steady_clock::time_point again_at;
  };
  std::optional<Failed> failed_;  // the last try to mend it
  std::optional<std::chrono::steady_clock::time_point> replaced_;
  bool cramped_ = false;      // opened without the files that a full disk has no room for
  bool has_written_ = false;  // since it was opened

  std::mutex reader_mutex_;  // guards reader_
  std::optional<Database> reader_;
  History history_;
};

}  // namespace scalehook::journal
