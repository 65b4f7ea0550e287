// A damaged journal is set aside, and what can still be read of it goes on in a new one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace scalehook::journal {

// What became of a damaged file.
struct Salvage {
  std::string set_aside;         // where it is now, for people to look at
  std::string fault;             // what was wrong with it, one sentence
  std::int64_t notifications{};  // that were not dealt with yet, and could be read
  std::int64_t states{};         // what is remembered of targets, pauses, and so on
  std::int64_t records{};
};

// Looks whether the file can be used: its schema, and all that must be taken up again; if it is
// damaged, replaces it. The folder is locked meanwhile. None if there was nothing to do. Throws
// SqlError if no new one can be made, and std::runtime_error as `prepare` does.
std::optional<Salvage> mend(const std::string& path, const char* vfs);

// Makes a new file of what can be read, sets the damaged one aside
// ("journal.db.damaged-20261126T044500Z") and puts the new one in its place. Nothing has it open
// until that is done.
class Mending {
 public:
  Mending(std::string path, std::string fault);

  // Throws as `mend` does, and may be called again then: what it has done is not done again, for
  // the copy is whole and nothing has been written since. So does the next `mend`.
  const Salvage& run();

 private:
  const std::string path_;
  Salvage salvage_;
  bool copied_ = false;
};

}  // namespace scalehook::journal
