// What came of a simulation.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/simulate/alerting.hpp"

namespace scalehook::simulate {

// What one series was at each evaluation.
struct Watched {
  struct Point {
    Time at{};
    double value{};  // NaN: none
    AlertState state{};
  };
  alert::Labels labels;
  std::string target;  // empty: no rule makes one of it
  std::vector<Point> points;
};

// A decision record.
struct Decision {
  Time at{};
  std::string target;  // empty if none came of the alert
  std::string rule;
  std::string reason;
  std::string explanation;
  std::optional<std::int64_t> from, to;
  bool changed = false;  // the count, from `from` to `to`
  // Of the target's series that is nearest to firing, as last evaluated.
  double value{};
  AlertState state{};
};

struct Workload {
  struct Change {
    Time at{};
    std::int64_t replicas{};
  };
  std::string target;
  std::int64_t max{};           // of the rule's limits
  std::vector<Change> changes;  // the first is the count at the start
};

struct Timeline {
  Time start{}, end{};
  std::chrono::nanoseconds interval{};  // of evaluation
  std::string alert;                    // the rule's name
  Comparison comparison;
  std::vector<Watched> watched;
  std::vector<alert::Notification> notifications;
  std::vector<Time> notified_at;  // of each
  std::vector<Decision> decisions;
  std::vector<Workload> workloads;
};

// How long a workload was so, and how often it changed.
struct Summary {
  std::size_t out = 0, in = 0;  // changes
  std::int64_t most = 0, least = 0;
  double mean = 0;
  std::chrono::nanoseconds at_max{};  // of the rule's limits
};
Summary summarize(const Workload& workload, const Timeline& timeline);

// How long the comparison held for a series, and its alert fired.
struct Shares {
  std::chrono::nanoseconds held{};
  std::chrono::nanoseconds fired{};
};
Shares shares(const Watched& watched, const Timeline& timeline);

}  // namespace scalehook::simulate
