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

// Looks whether the file can be used: its schema, and all that must be taken up again. If it is
// damaged, moves it beside itself ("journal.db.damaged-20261126T044500Z") and makes a new one of
// what can be read. The folder is locked meanwhile. None if there was nothing to do. Throws
// SqlError if no new one can be made, and std::runtime_error as `prepare` does.
std::optional<Salvage> mend(const std::string& path);

}  // namespace scalehook::journal
