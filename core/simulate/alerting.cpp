#include "core/simulate/alerting.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds resend_delay = 1min;  // --rules.alert.resend-delay
constexpr std::chrono::nanoseconds resolved_retention = 15min;

// As TableLinkForExpression of Prometheus: escaped as a query, a blank as "+".
std::string generator_url(std::string_view expression) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string url = "http://prometheus/graph?g0.expr=";
  for (const char letter : expression) {
    const auto byte = static_cast<unsigned char>(letter);
    if (plain.find(letter) != std::string_view::npos) {
      url += letter;
    } else if (letter == ' ') {
      url += '+';
    } else {
      url += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return url + "&g0.tab=1";
}

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
    : rule_{std::move(rule)},
      interval_{interval},
      generator_url_{generator_url(rule_.expression)} {}

alert::Labels labels_of(const AlertRule& rule, const alert::Labels& series, double value) {
  auto labels = series;
  for (const auto& [name, text] : rule.labels) {
    labels[name] = expand(text, series, value).value_or(text);
  }
  labels["alertname"] = rule.name;
  for (auto label = labels.begin(); label != labels.end();) {
    label = label->second.empty() ? labels.erase(label) : label + 1;
  }
  return labels;
}

alert::Labels annotations_of(const AlertRule& rule, const alert::Labels& series, double value) {
  alert::Labels annotations;
  for (const auto& [name, text] : rule.annotations) {
    annotations[name] = expand(text, series, value).value_or(text);
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

std::vector<PostedAlert> Alerting::evaluate(Time now, const std::vector<Held>& all) {
  for (const auto& [series, labels, value] : all) {
    const auto [entry, is_new] = active_.try_emplace(labels_of(rule_, *labels, value));
    auto& alert = entry->second;
    if (is_new || alert.state == AlertState::inactive) {
      alert = {};
      alert.series = series;
      alert.active_at = now;
    }
    alert.seen = true;
    alert.annotations = annotations_of(rule_, *labels, value);
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
    posted.push_back({labels, alert.annotations, alert.fired_at,
                      alert.resolved_at.value_or(valid_until), generator_url_});
  }
  return posted;
}

std::vector<AlertState> Alerting::states(std::size_t count) const {
  std::vector<AlertState> states(count, AlertState::inactive);
  for (const auto& [labels, alert] : active_) {
    if (alert.series < count) states[alert.series] = std::max(states[alert.series], alert.state);
  }
  return states;
}

}  // namespace scalehook::simulate
