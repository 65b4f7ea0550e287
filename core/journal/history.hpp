// The records of a storage folder, read beside the daemon or without one.
#pragma once

#include <boost/system/result.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/journal/record.hpp"

namespace scalehook::journal {

class Store;

// A connection that only reads, and takes no lock that a daemon would meet. Any thread.
class History {
 public:
  // Fails with one sentence: no journal there, not readable, a newer schema, not a database.
  static boost::system::result<std::unique_ptr<History>, std::string> open(
      const std::string& folder);
  ~History();

  // The newest first. A look into an index: some milliseconds for a thousand of them. Throws
  // std::runtime_error if the file cannot be read.
  std::vector<Record> records(const Filter& filter) const;

  // The newest first, at most so many. Throws std::runtime_error if the file cannot be read.
  std::vector<DeadLetter> dead_letters(std::size_t limit) const;

  // Those that have records, sorted. Throws std::runtime_error if the file cannot be read.
  std::vector<std::string> targets() const;

 private:
  // Of the daemon, which may have to replace the file. Not connected, reading fails.
  friend class Store;
  explicit History(const std::string& path);
  void connect(const char* vfs);  // throws SqlError, and std::runtime_error as check_version does
  void disconnect();

  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scalehook::journal
