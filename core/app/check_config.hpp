// scalehook check-config FILE…
#pragma once

#include <string>
#include <vector>

namespace scalehook::app {

// Prints every mistake of every file on standard error, or on standard output what each holds. The
// exit status: 0, or 1 if any file has a mistake. Plugins are created too, which connects to
// nothing but looks at the files that their settings name; not with `syntax_only`.
int check_config(const std::vector<std::string>& files, bool syntax_only);

}  // namespace scalehook::app
