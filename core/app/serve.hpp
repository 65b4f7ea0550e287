// scalehook serve
#pragma once

#include "core/app/options.hpp"

namespace scalehook::app {

// Runs the daemon until SIGTERM or SIGINT. The exit status: 0 after an orderly stop, 1 if it could
// not start; the reason is logged. Logging must have been set up, and no thread started.
int serve(const ServeOptions& options);

}  // namespace scalehook::app
