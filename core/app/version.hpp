#pragma once

#include <string>

namespace scalehook::app {

// Of this release, "1.2.3".
std::string version();

}  // namespace scalehook::app
