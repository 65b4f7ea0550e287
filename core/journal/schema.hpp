// The tables, and the way to them from any earlier version.
#pragma once

#include <string>

#include "core/journal/sqlite.hpp"

namespace scalehook::journal {

// Sets the connection up for durable writing and creates the tables where there are none. Throws
// std::runtime_error with a sentence for the user: a newer schema, another program's database.
void prepare(Database& database, const std::string& path);

// For who only reads: an earlier version's records are read as well. Throws as `prepare` does.
void check_version(Database& database, const std::string& path);

}  // namespace scalehook::journal
