// What the engine works with: a configuration, and the scalers and notifiers it names.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/plugin/instance.hpp"
#include "core/upstream/alerts.hpp"
#include "core/upstream/query.hpp"

namespace scalehook::dispatch {

// The calls return at once and answer exactly once, from any thread, by `limit` or soon after it.
struct Scaler {
  // One sentence if these fields are no target of this scaler.
  std::function<std::optional<std::string>(const plugin::TargetFields&)> check;
  std::function<void(plugin::TargetFields, const plugin::Input&, std::chrono::milliseconds limit,
                     std::function<void(plugin::ReadAnswer)>)>
      read;
  std::function<void(plugin::TargetFields, std::int64_t replicas, std::string version, bool dry_run,
                     const plugin::Input&, std::chrono::milliseconds limit,
                     std::function<void(plugin::WriteAnswer)>)>
      write;
};

struct Notifier {
  std::set<std::string> events;  // kinds it wants; empty: all
  // How long an event waits for others, to be told with them; zero: each is told by itself.
  std::chrono::nanoseconds group_wait{};
  std::function<void(std::vector<std::string> events, const plugin::Input&,
                     std::chrono::milliseconds limit, std::function<void(plugin::Outcome)>)>
      notify;
};

// What scalehook asks of Alertmanager and Prometheus; null where none is configured. The calls
// return at once and answer exactly once, from any thread.
struct Upstream {
  std::function<void(std::function<void(upstream::AlertsAnswer)>)> alerts;
  std::function<void(std::string expression, std::function<void(upstream::QueryAnswer)>)> query;
};

// Immutable once handed to the engine; running calls keep the one they began with.
struct Setup {
  std::shared_ptr<const config::Config> config;
  std::map<std::string, Scaler, std::less<>> scalers;
  std::map<std::string, Notifier, std::less<>> notifiers;
  Upstream upstream;
};

}  // namespace scalehook::dispatch
