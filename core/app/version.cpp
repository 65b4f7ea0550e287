#include "core/app/version.hpp"

namespace scalehook::app {

std::string version() { return SCALEHOOK_PROJECT_VERSION; }

}  // namespace scalehook::app
