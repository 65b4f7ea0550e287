#include "core/app/check_config.hpp"

#include <iostream>

#include "core/app/loading.hpp"
#include "core/app/version.hpp"
#include "core/config/load.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::app {
namespace {

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

int check_config(const std::vector<std::string>& files, bool syntax_only) {
  int status = 0;
  for (const auto& file : files) {
    const auto checked = check(file);
    if (!checked) {
      std::cerr << checked.error();
      status = 1;
      continue;
    }
    if (!syntax_only) {
      telemetry::Metrics unused{version()};
      const auto running = Running::create(*checked, file, unused);
      if (!running) {
        std::cerr << running.error();
        status = 1;
        continue;
      }
      (*running)->stop(std::chrono::seconds{2});
    }
    const auto& config = checked->document.config;
    std::cout << file << ": " << counted(config.rules.size(), "rule") << ", "
              << counted(config.scalers.size(), "scaler") << ", "
              << counted(config.notifiers.size(), "notifier") << "\n";
    for (const auto& warning : config::warnings(checked->document)) {
      std::cerr << file << ":" << warning.place.line << ":" << warning.place.column
                << ": warning: " << warning.message << "\n";
    }
    for (const auto& refusal : checked->catalog.refusals) {
      std::cerr << "warning: " << refusal << "\n";
    }
  }
  return status;
}

}  // namespace scalehook::app
