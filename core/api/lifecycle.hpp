// Health, readiness, reload and metrics.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/http/server.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::api {

struct Lifecycle {
  // None if the daemon takes notifications, else one sentence why not. Any thread.
  std::function<std::optional<std::string>()> not_ready;
  // Loads the configuration anew and then calls back, from any thread, with none or with every
  // mistake. Any thread.
  std::function<void(std::function<void(std::optional<std::string>)>)> reload;
  // Called before metrics are rendered, on the web server's thread.
  std::function<void()> measure;
};

// GET /-/healthy, GET /-/ready, POST and PUT /-/reload, GET /metrics. `metrics` outlives them.
std::vector<http::Route> lifecycle(Lifecycle lifecycle, const telemetry::Metrics& metrics);

}  // namespace scalehook::api
