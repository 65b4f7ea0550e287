// What fires, as Alertmanager says, where nothing is remembered.
#pragma once

#include <boost/system/result.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/config/config.hpp"
#include "core/dispatch/intake.hpp"
#include "core/upstream/alerts.hpp"

namespace scalehook::dispatch {

class World;

// Each alert once, though all of a cluster know it. Left out are suppressed ones, of which nothing
// is sent, and those that are sent to others than the receiver, if one is named. What any instance
// knows counts, and one must be settled: each of a cluster is sent all that fires, so others that
// are young or silent lack nothing that it has not. If none is, one sentence why. Pure.
boost::system::result<std::vector<alert::Alert>, std::string> firing_alerts(
    const upstream::AlertsAnswer& answer, alert::Time now, const config::Config& config);

// Asks for it. All methods on the engine's thread, but where they say otherwise.
class Rebuild {
 public:
  explicit Rebuild(World& world) : world_{world} {}  // which outlives it

  // It will have to be asked; any thread.
  void expect() { wait_for("it has not been asked yet"); }
  // Why nothing is decided yet; none if nothing is waited for. Any thread.
  std::optional<std::string> waits_for() const;

  // Asks the setup's Alertmanager until it can tell, and calls back with what that says of each
  // target; with nothing once a reload has made it needless, and not at all once the engine stops.
  // `answer` keeps the world alive.
  using Answer = std::function<void(const Taken&)>;
  void ask(const Answer& answer);

 private:
  void answered(const std::shared_ptr<const Setup>& asked, const upstream::AlertsAnswer& instances,
                const Answer& answer);
  bool wait_for(std::optional<std::string> what);  // whether it is something new

  World& world_;
  mutable std::mutex mutex_;  // guards waits_for_: who asks for it is on other threads
  std::optional<std::string> waits_for_;
};

}  // namespace scalehook::dispatch
