#include "core/simulate/alerting.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds resend_delay = 1min;  // --rules.alert.resend-delay
constexpr std::chrono::nanoseconds resolved_retention = 15min;

}  // namespace

std::string_view to_text(AlertState state) {
  switch (state) {
    case AlertState::inactive:
      return "inactive";
    case AlertState::pending:
      return "pending";
    case AlertState::firing:
      return "firing";
  }
  return "";
}

Alerting::Alerting(AlertRule rule, std::chrono::nanoseconds interval)
    : rule_{std::move(rule)}, interval_{interval} {}

alert::Labels Alerting::labels_of(const Series& series, double value) const {
  auto labels = series.labels;
  for (const auto& [name, text] : rule_.labels) {
    labels[name] = expand(text, series.labels, value).value_or(text);
  }
  labels["alertname"] = rule_.name;
  for (auto label = labels.begin(); label != labels.end();) {
    label = label->second.empty() ? labels.erase(label) : label + 1;
  }
  return labels;
}

alert::Labels Alerting::annotations_of(const Series& series, double value) const {
  alert::Labels annotations;
  for (const auto& [name, text] : rule_.annotations) {
    annotations[name] = expand(text, series.labels, value).value_or(text);
  }
  return annotations;
}

bool Alerting::advance(Active& alert, Time now) const {
  if (alert.seen) {
    alert.keep_firing_since.reset();
  } else {
    const bool forgotten = alert.state == AlertState::pending ||
                           (alert.resolved_at && now - *alert.resolved_at > resolved_retention);
    if (forgotten) return false;
    if (alert.state == AlertState::inactive) return true;
    if (!alert.keep_firing_since) alert.keep_firing_since = now;
    if (now - *alert.keep_firing_since >= rule_.keep_firing_for) {
      alert.state = AlertState::inactive;
      alert.resolved_at = now;
    }
    return true;
  }
  if (alert.state == AlertState::pending && now - alert.active_at >= rule_.pending) {
    alert.state = AlertState::firing;
    alert.fired_at = now;
  }
  return true;
}

bool Alerting::needs_sending(const Active& alert, Time now) const {
  if (alert.state == AlertState::pending) return false;
  if (!alert.sent_at || (alert.resolved_at && *alert.resolved_at > *alert.sent_at)) return true;
  return *alert.sent_at + resend_delay < now;
}

std::vector<PostedAlert> Alerting::evaluate(Time now, const std::vector<Evaluated>& all) {
  for (const auto& [series, value] : all) {
    if (!rule_.comparison.holds(value)) continue;
    auto& alert = active_[labels_of(*series, value)];
    if (alert.state == AlertState::inactive || alert.series == nullptr) {
      alert = {};
      alert.series = series;
      alert.active_at = now;
    }
    alert.seen = true;
    alert.annotations = annotations_of(*series, value);
  }
  for (auto entry = active_.begin(); entry != active_.end();) {
    entry = advance(entry->second, now) ? std::next(entry) : active_.erase(entry);
  }

  std::vector<PostedAlert> posted;
  for (auto& [labels, alert] : active_) {
    alert.seen = false;
    if (!needs_sending(alert, now)) continue;
    alert.sent_at = now;
    const auto valid_until = now + 4 * std::max(resend_delay, interval_);
    posted.push_back(
        {labels, alert.annotations, alert.fired_at, alert.resolved_at.value_or(valid_until)});
  }
  return posted;
}

AlertState Alerting::state(const Series& series) const {
  auto state = AlertState::inactive;
  for (const auto& [labels, alert] : active_) {
    if (alert.series == &series) state = std::max(state, alert.state);
  }
  return state;
}

}  // namespace scalehook::simulate
