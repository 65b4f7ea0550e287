#include "core/simulate/grouping.hpp"

#include <algorithm>
#include <utility>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds clean_up_interval = 30s;

bool is_subset(const std::set<alert::Labels>& part, const std::set<alert::Labels>& whole) {
  return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

}  // namespace

Grouping::Grouping(Clock& clock, GroupTimes times, Notify notify)
    : clock_{clock}, times_{times}, notify_{std::move(notify)} {
  clock_.after(clean_up_interval, [this] { clean_up(); });
}

void Grouping::clean_up() {
  if (group_ && group_->alerts.empty()) group_.reset();
  clock_.after(clean_up_interval, [this] { clean_up(); });
}

void Grouping::post(std::vector<PostedAlert> alerts) {
  for (auto& alert : alerts) insert(std::move(alert));
}

void Grouping::insert(PostedAlert alert) {
  if (!group_) {
    group_ = Group{};
    flush_in(times_.wait);
  }
  if (!group_->flushed && alert.starts_at + times_.wait < clock_.now()) flush_in(0s);
  auto labels = alert.labels;
  group_->alerts.insert_or_assign(std::move(labels), std::move(alert));
}

void Grouping::flush_in(std::chrono::nanoseconds delay) {
  group_->timer = ++timers_;
  clock_.after(delay, [this, timer = group_->timer] {
    if (group_ && group_->timer == timer) flush();
  });
}

bool Grouping::needs_update(const Notified& now) const {
  if (!last_) return !now.firing.empty();
  if (!is_subset(now.firing, last_->firing)) return true;
  if (now.firing.empty()) return !last_->firing.empty();
  if (!is_subset(now.resolved, last_->resolved)) return true;
  return last_->at < now.at - times_.repeat;
}

void Grouping::flush() {
  group_->flushed = true;
  flush_in(times_.interval);
  if (group_->alerts.empty()) return;

  Notified now;
  now.at = clock_.now();
  alert::Notification notification;
  notification.version = "4";
  for (const auto& [labels, posted] : group_->alerts) {
    const bool resolved = posted.ends_at <= now.at;
    (resolved ? now.resolved : now.firing).insert(labels);
    alert::Alert alert;
    alert.status = resolved ? alert::Status::resolved : alert::Status::firing;
    alert.labels = labels;
    alert.annotations = posted.annotations;
    alert.starts_at = posted.starts_at;
    if (resolved) alert.ends_at = posted.ends_at;
    alert.generator_url = posted.generator_url;
    notification.alerts.push_back(std::move(alert));
  }
  std::erase_if(group_->alerts, [&](const auto& entry) { return entry.second.ends_at <= now.at; });
  if (!needs_update(now)) return;
  last_ = std::move(now);
  notify_(std::move(notification));
}

}  // namespace scalehook::simulate
