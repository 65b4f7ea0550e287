#include "core/dispatch/rebuild.hpp"

#include <memory>
#include <set>
#include <utility>

#include "core/dispatch/world.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::dispatch {
namespace {

constexpr std::chrono::seconds ask_again_delay{5};

}  // namespace

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

void ask_what_fires(World& world, std::function<void(std::vector<alert::Alert>)> answer) {
  const auto setup = world.setup();
  // A reload may have made it needless, or taken Alertmanager out.
  if (setup->config->ack != config::Ack::applied || !setup->upstream.alerts) return answer({});
  world.call_began(setup);
  setup->upstream.alerts(
      [&world, setup, answer = std::move(answer)](upstream::AlertsAnswer instances) mutable {
        world.runtime().post([&world, setup, answer = std::move(answer),
                              instances = std::move(instances)]() mutable {
          auto firing = firing_alerts(instances);
          if (firing && !world.stopping()) {
            answer(*std::move(firing));
          } else if (!world.stopping()) {
            log::warn(
                "nothing is decided until Alertmanager says what fires, for nothing is remembered",
                {{"explanation", instances.front().fault}});
            world.runtime().after(ask_again_delay, [&world, answer = std::move(answer)]() mutable {
              if (!world.stopping()) ask_what_fires(world, std::move(answer));
            });
          }
          world.call_ended(setup);
        });
      });
}

}  // namespace scalehook::dispatch
