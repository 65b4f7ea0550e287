// What came of a simulation.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/simulate/alerting.hpp"
#include "core/simulate/verdict.hpp"

namespace scalehook::simulate {

// An alerting rule that was played.
struct PlayedAlert {
  std::string name;
  std::string measure;    // what it compares; else its expression
  std::string condition;  // "> 30", or the whole expression where that does not say all
  std::optional<double> threshold;
};

// How long the condition held for a series, and its alert fired.
struct Shares {
  std::chrono::nanoseconds held{};
  std::chrono::nanoseconds fired{};
};

// What one series of an alert's measure was at each evaluation.
struct Watched {
  struct Point {
    Time at{};
    double value{};  // NaN: none
    bool holds = false;
    AlertState state{};
  };
  std::size_t alert{};  // its number
  alert::Labels labels;
  std::string target;  // empty: no rule makes one of it
  Shares shares;       // until the last evaluation; see finish
  std::optional<Point> last;
  std::vector<Point> points;  // all of them, if they were to be kept

  // What it is at the next evaluation.
  void add(const Point& point, bool keeps);
  // Nothing follows: the last point lasts until then.
  void finish(Time end);
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
  // Of the target's and its alerts' series that is nearest to firing, as last evaluated.
  double value{};
  AlertState state{};
  std::vector<std::string> alerts;  // their names; each once
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

// What the plant was at a tick.
struct Served {
  Time at{};
  double load{};
  double at_most{};  // what the ready replicas could serve
  bool is_short = false;
};

struct Timeline {
  Time start{}, end{};
  std::vector<PlayedAlert> alerts;
  std::vector<Watched> watched;
  std::size_t notification_count = 0;
  std::vector<alert::Notification> notifications;  // if they were to be kept
  std::vector<Time> notified_at;                   // of each
  std::size_t decision_count = 0;
  std::vector<Decision> decisions;  // if they were to be kept
  std::vector<Workload> workloads;
  std::vector<Verdict> verdicts;  // of each span that was asked for
  std::vector<Served> served;     // at each tick, if it was to be kept
};

// How long a workload was so, and how often it changed.
struct Summary {
  std::size_t out = 0, in = 0;  // changes
  std::int64_t most = 0, least = 0;
  double mean = 0;
  std::chrono::nanoseconds at_max{};  // of the rule's limits
};
Summary summarize(const Workload& workload, const Timeline& timeline);

}  // namespace scalehook::simulate
