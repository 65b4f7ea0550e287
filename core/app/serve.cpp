#include "core/app/serve.hpp"

#include <unistd.h>

#include <sstream>
#include <string>

#include "core/app/daemon.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::app {

int serve(const ServeOptions& options) {
  Control control;
  Daemon daemon{options, control};
  if (const auto fault = daemon.start()) {
    std::istringstream mistakes{*fault};  // a line each
    for (std::string line; std::getline(mistakes, line);) {
      log::error("scalehook could not start", {{"explanation", line}});
    }
    if (!daemon.stop()) _exit(1);
    return 1;
  }
  while (control.wait() == Control::Event::reload) {
    const auto waiting = control.take_waiting();
    const auto mistakes = daemon.reload();
    for (const auto& reloaded : waiting) reloaded(mistakes);
  }
  log::info("stopping");
  // What a stuck call may still touch must not be destroyed under it.
  const bool orderly = daemon.stop();
  log::info("stopped");
  if (!orderly) _exit(0);
  return 0;
}

}  // namespace scalehook::app
