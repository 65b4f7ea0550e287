// A group of alerts in Alertmanager, between Prometheus and the webhook.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/simulate/alerting.hpp"
#include "core/simulate/clock.hpp"

namespace scalehook::simulate {

struct GroupTimes {
  std::chrono::seconds wait{30};
  std::chrono::seconds interval{5 * 60};
  std::chrono::seconds repeat{4 * 3600};
};

// Does what dispatch.go and notify.go of Alertmanager 0.25 do, for one group and a receiver with
// send_resolved:
//
// The first alert makes the group. It is flushed group_wait later, or at once if the alert began
// longer ago than that, and then every group_interval. A flush hands all alerts of the group on,
// firing and resolved, as they were last posted: so a value between two flushes is never seen. It
// notifies if an alert fires that did not at the last notification; else, with none firing, if any
// did; else if an alert is resolved that was not; else if more than repeat_interval has passed
// since. (At a flush just repeat_interval later it is a matter of milliseconds; both were seen.
// Here it is not more.) After the flush resolved alerts are forgotten. Every 30 s a group without
// alerts is dropped, and the next alert makes a new one, with a new group_wait.
class Grouping {
 public:
  // The notification lacks its receiver and group key.
  using Notify = std::function<void(alert::Notification)>;

  // The clock runs nothing after this has ended.
  Grouping(Clock& clock, GroupTimes times, Notify notify);
  Grouping(const Grouping&) = delete;
  Grouping& operator=(const Grouping&) = delete;

  void post(std::vector<PostedAlert> alerts);

 private:
  struct Group {
    std::map<alert::Labels, PostedAlert> alerts;
    bool flushed{};
    int timer{};  // the one that counts
  };
  // Of the notification log, which outlives groups.
  struct Notified {
    std::set<alert::Labels> firing;
    std::set<alert::Labels> resolved;
    Time at{};
  };

  void insert(PostedAlert alert);
  void flush_in(std::chrono::nanoseconds delay);
  void flush();
  bool needs_update(const Notified& now) const;
  void clean_up();

  Clock& clock_;
  GroupTimes times_;
  Notify notify_;
  std::optional<Group> group_;
  int timers_ = 0;
  std::optional<Notified> last_;
};

}  // namespace scalehook::simulate
