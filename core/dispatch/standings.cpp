#include "core/dispatch/standings.hpp"

#include <utility>

#include "core/config/config.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::dispatch {
namespace {

using namespace std::chrono_literals;

// Lanes that ask within so long of each other share an answer.
constexpr auto shared_time = 5s;

}  // namespace

void SharedStandings::ask(const Setup& setup,
                          std::function<void(const upstream::Standings&)> answer) {
  if (last_ && runtime_.moment() - last_at_ <= shared_time) return answer(*last_);
  setup.upstream.alerts([self = shared_from_this(), settled = setup.config->alertmanager_settled,
                         answer = std::move(answer)](upstream::AlertsAnswer alerts) {
    self->runtime_.post([self, settled, answer, alerts = std::move(alerts)] {
      const auto standings =
          std::make_shared<const upstream::Standings>(alerts, self->runtime_.now(), settled);
      self->last_ = standings;
      self->last_at_ = self->runtime_.moment();
      self->note_silent(alerts);
      answer(*standings);
    });
  });
}

void SharedStandings::note_silent(const upstream::AlertsAnswer& alerts) {
  for (const auto& instance : alerts) {
    if (instance.reachable) {
      silent_.erase(instance.url);
    } else if (silent_.insert(instance.url).second) {
      log::warn("Alertmanager cannot be asked, so what fires is held as it is",
                {{"url", instance.url}, {"explanation", instance.fault}});
    }
  }
}

}  // namespace scalehook::dispatch
