// What fires, as Alertmanager says.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/upstream/alerts.hpp"

namespace scalehook::dispatch {

class World;

// Each alert once, though all of a cluster know it; suppressed ones are left out: nothing is sent
// of them. None if no Alertmanager answered. Pure.
std::optional<std::vector<alert::Alert>> firing_alerts(const upstream::AlertsAnswer& answer);

// Asks the setup's Alertmanager until it answers, and calls back, on the engine's thread; not at
// all once the engine stops. The world outlives it.
void ask_what_fires(World& world, std::function<void(std::vector<alert::Alert>)> answer);

}  // namespace scalehook::dispatch
