// What fires, as Alertmanager says.
#pragma once

#include <optional>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/upstream/alerts.hpp"

namespace scalehook::dispatch {

// Each alert once, though all of a cluster know it; suppressed ones are left out: nothing is sent
// of them. None if no Alertmanager answered. Pure.
std::optional<std::vector<alert::Alert>> firing_alerts(const upstream::AlertsAnswer& answer);

}  // namespace scalehook::dispatch
