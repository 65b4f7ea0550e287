// scalehook check-config FILE…
#pragma once

#include <string>
#include <vector>

namespace scalehook::app {

// Prints every mistake of every file on standard error, or on standard output what each holds. The
// exit status: 0, or 1 if any file has a mistake.
int check_config(const std::vector<std::string>& files);

}  // namespace scalehook::app
