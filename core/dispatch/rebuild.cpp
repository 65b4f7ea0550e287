#include "core/dispatch/rebuild.hpp"

#include <set>
#include <utility>

namespace scalehook::dispatch {

std::optional<std::vector<alert::Alert>> firing_alerts(const upstream::AlertsAnswer& answer) {
  bool answered = false;
  std::set<alert::Labels> known;
  std::vector<alert::Alert> alerts;
  for (const auto& instance : answer) {
    if (!instance.reachable) continue;
    answered = true;
    for (const auto& found : instance.alerts) {
      if (found.state == upstream::State::suppressed) continue;
      if (!known.insert(found.labels).second) continue;
      alert::Alert alert;
      alert.status = alert::Status::firing;
      alert.labels = found.labels;
      alert.annotations = found.annotations;
      alert.starts_at = found.starts_at;
      alert.generator_url = found.generator_url;
      alert.fingerprint = found.fingerprint;
      alerts.push_back(std::move(alert));
    }
  }
  if (!answered) return std::nullopt;
  return alerts;
}

}  // namespace scalehook::dispatch
