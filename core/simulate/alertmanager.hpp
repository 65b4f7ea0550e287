// Alertmanager: what Prometheus posts to it, what it tells the webhook, and what it answers.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/simulate/grouping.hpp"
#include "core/upstream/alerts.hpp"

namespace scalehook::simulate {

// One instance with one route, grouped by alertname, and no silences. All on the clock's thread.
class Alertmanager {
 public:
  // `receiver` is the name of the webhook's. The clock runs nothing after this has ended.
  Alertmanager(Clock& clock, GroupTimes times, std::string receiver, Grouping::Notify notify);

  // A group for each name is there from the start, so that all are cleaned up at the same times.
  void expect(const std::string& alertname);

  // `alertname` is what groups them; they have that label.
  void post(const std::string& alertname, std::vector<PostedAlert> alerts);

  // GET /api/v2/alerts and /api/v2/status of an instance that has been up for long.
  upstream::AlertsAnswer answer() const;

 private:
  Grouping& group(const std::string& alertname);

  Clock& clock_;
  GroupTimes times_;
  std::string receiver_;
  Grouping::Notify notify_;
  std::map<std::string, std::unique_ptr<Grouping>> groups_;
  std::map<alert::Labels, PostedAlert> alerts_;  // as last posted
};

}  // namespace scalehook::simulate
