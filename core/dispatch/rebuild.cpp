#include "core/dispatch/rebuild.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include "core/dispatch/world.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::dispatch {
namespace {

constexpr std::chrono::seconds ask_again_delay{5};
constexpr const char* waiting =
    "nothing is remembered, so nothing is decided before Alertmanager says what fires";

alert::Alert fires(const upstream::KnownAlert& known) {
  alert::Alert alert;
  alert.status = alert::Status::firing;
  alert.labels = known.labels;
  alert.annotations = known.annotations;
  alert.starts_at = known.starts_at;
  alert.generator_url = known.generator_url;
  alert.fingerprint = known.fingerprint;
  return alert;
}

bool is_sent_to(const std::string& receiver, const upstream::KnownAlert& alert) {
  const auto& receivers = alert.receivers;
  return std::find(receivers.begin(), receivers.end(), receiver) != receivers.end();
}

// The same as long as the reason is the same.
std::string why_none_is_settled(const upstream::AlertsAnswer& answer,
                                std::chrono::seconds settled) {
  std::string why;
  for (const auto& instance : answer) {
    if (!why.empty()) why += "; ";
    why += instance.reachable
               ? instance.url + " has been up for less than " + std::to_string(settled.count()) +
                     " s (alertmanager.settled), and may not have heard of all that fires"
               : instance.fault;
  }
  return why;
}

}  // namespace

boost::system::result<std::vector<alert::Alert>, std::string> firing_alerts(
    const upstream::AlertsAnswer& answer, alert::Time now, const config::Config& config) {
  const auto settled = config.alertmanager_settled;
  const auto& receiver = config.alertmanager_receiver;
  if (std::none_of(answer.begin(), answer.end(), [&](const auto& instance) {
        return upstream::is_settled(instance, now, settled);
      })) {
    return why_none_is_settled(answer, settled);
  }
  std::set<alert::Labels> known;
  std::vector<alert::Alert> alerts;
  for (const auto& instance : answer) {
    for (const auto& found : instance.alerts) {
      if (found.state == upstream::State::suppressed) continue;
      if (!receiver.empty() && !is_sent_to(receiver, found)) continue;
      if (known.insert(found.labels).second) alerts.push_back(fires(found));
    }
  }
  return alerts;
}

std::optional<std::string> Rebuild::waits_for() const {
  const std::lock_guard lock{mutex_};
  if (!waits_for_) return std::nullopt;
  return std::string{waiting} + ": " + *waits_for_;
}

bool Rebuild::wait_for(std::optional<std::string> what) {
  const std::lock_guard lock{mutex_};
  if (what == waits_for_) return false;
  waits_for_ = std::move(what);
  return true;
}

void Rebuild::ask(const Answer& answer) {
  const auto setup = world_.setup();
  // A reload may have made it needless, or taken Alertmanager out.
  if (setup->config->ack != config::Ack::applied || !setup->upstream.alerts) {
    wait_for(std::nullopt);
    return answer({});
  }
  world_.call_began(setup);
  setup->upstream.alerts([this, setup, answer](upstream::AlertsAnswer instances) {
    world_.runtime().post([this, setup, answer, instances = std::move(instances)] {
      if (!world_.stopping()) answered(setup, instances, answer);
      world_.call_ended(setup);
    });
  });
}

void Rebuild::answered(const std::shared_ptr<const Setup>& asked,
                       const upstream::AlertsAnswer& instances, const Answer& answer) {
  if (asked != world_.setup()) return ask(answer);  // another Alertmanager, perhaps
  auto firing = firing_alerts(instances, world_.runtime().now(), *asked->config);
  if (firing) {
    wait_for(std::nullopt);
    const auto alerts = firing->size();
    const auto taken = Intake{asked}.take(*std::move(firing));
    log::info("claims rebuilt of what fires, for nothing is remembered",
              {{"alerts", alerts}, {"targets", taken.targets.size()}});
    return answer(taken);
  }
  if (wait_for(firing.error())) log::warn(waiting, {{"explanation", firing.error()}});
  world_.runtime().after(ask_again_delay, [this, answer] {
    if (!world_.stopping()) ask(answer);
  });
}

}  // namespace scalehook::dispatch
