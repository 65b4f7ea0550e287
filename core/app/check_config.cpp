#include "core/app/check_config.hpp"

#include <iostream>

#include "core/app/loading.hpp"

namespace scalehook::app {
namespace {

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

int check_config(const std::vector<std::string>& files) {
  int status = 0;
  for (const auto& file : files) {
    const auto checked = check(file);
    if (!checked) {
      std::cerr << checked.error();
      status = 1;
      continue;
    }
    const auto& config = checked->document.config;
    std::cout << file << ": " << counted(config.rules.size(), "rule") << ", "
              << counted(config.scalers.size(), "scaler") << ", "
              << counted(config.notifiers.size(), "notifier") << "\n";
    for (const auto& refusal : checked->catalog.refusals) {
      std::cerr << "warning: " << refusal << "\n";
    }
  }
  return status;
}

}  // namespace scalehook::app
