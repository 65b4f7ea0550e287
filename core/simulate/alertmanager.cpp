#include "core/simulate/alertmanager.hpp"

#include <utility>

namespace scalehook::simulate {

using namespace std::chrono_literals;

Alertmanager::Alertmanager(Clock& clock, GroupTimes times, std::string receiver,
                           Grouping::Notify notify)
    : clock_{clock}, times_{times}, receiver_{std::move(receiver)}, notify_{std::move(notify)} {}

Grouping& Alertmanager::group(const std::string& alertname) {
  auto& group = groups_[alertname];
  if (!group) {
    const auto key = "{}:{alertname=\"" + alertname + "\"}";
    group =
        std::make_unique<Grouping>(clock_, times_, [this, key](alert::Notification notification) {
          notification.receiver = receiver_;
          notification.group_key = key;
          notify_(std::move(notification));
        });
  }
  return *group;
}

void Alertmanager::expect(const std::string& alertname) { group(alertname); }

void Alertmanager::post(const std::string& alertname, std::vector<PostedAlert> alerts) {
  for (const auto& alert : alerts) {
    if (alert.ends_at > clock_.now()) {
      alerts_.insert_or_assign(alert.labels, alert);
    } else {
      alerts_.erase(alert.labels);
    }
  }
  group(alertname).post(std::move(alerts));
}

upstream::AlertsAnswer Alertmanager::answer() const {
  upstream::Instance instance;
  instance.url = "http://alertmanager";
  instance.reachable = true;
  instance.up_since = clock_.now() - 24h;
  for (const auto& [labels, alert] : alerts_) {
    if (alert.ends_at <= clock_.now()) continue;
    upstream::KnownAlert known;
    known.labels = labels;
    known.state = upstream::State::active;
    known.starts_at = alert.starts_at;
    known.annotations = alert.annotations;
    known.generator_url = alert.generator_url;
    known.receivers = {receiver_};
    instance.alerts.push_back(std::move(known));
  }
  return {std::move(instance)};
}

}  // namespace scalehook::simulate
