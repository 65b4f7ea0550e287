#include <fmt/format.h>

#include "core/config/load.hpp"
#include "core/scaling/want.hpp"

namespace scalehook::config {

std::vector<Mistake> warnings(const Document& document) {
  std::vector<Mistake> warnings;
  const Config& config = document.config;
  if (!config.prometheus_url.empty()) return warnings;
  for (std::size_t index = 0; index < config.rules.size(); ++index) {
    const Rule& rule = config.rules[index];
    if (!scaling::follows_value(rule.behavior.policy) || rule.selection.action == "hold") continue;
    const std::string& pointer = document.rule_pointers[index];
    warnings.push_back(
        {document.place(pointer), pointer,
         fmt::format("rule \"{}\" follows the alert's value from notifications alone, and "
                     "Alertmanager repeats them every 4h; set prometheus.url, so that it is asked "
                     "every {}s",
                     rule.selection.name, rule.behavior.refresh.count())});
  }
  return warnings;
}

}  // namespace scalehook::config
