// Where a program is that is named as on a command line.
#pragma once

#include <filesystem>
#include <string>

namespace scalehook::kubernetes {

// Where the program is: `name` itself if it has a slash, else the first of that name in $PATH;
// empty if there is none that may be run.
std::filesystem::path find_program(const std::string& name);

}  // namespace scalehook::kubernetes
