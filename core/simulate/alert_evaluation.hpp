// An alerting rule that is evaluated over a database.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/simulate/alerting.hpp"
#include "core/simulate/database.hpp"

namespace scalehook::simulate {

// All by one thread.
class AlertEvaluation {
 public:
  // What the rule compares, or its whole expression if it compares nothing, of one set of labels.
  struct Watched {
    alert::Labels labels;  // without __name__
    double value{};        // at the last evaluation; NaN: there was none
    bool holds = false;    // the condition, then
    AlertState state{};
  };

  // The rule's expression is one that promql::parse takes. The database outlives it.
  AlertEvaluation(AlertRule rule, std::chrono::nanoseconds interval, const Database& database);

  const AlertRule& rule() const { return rule_; }

  // A series that will be there.
  void expect(const alert::Labels& labels) { number_of(labels); }

  // What is sent to Alertmanager; times rise. One sentence if Prometheus refuses the evaluation.
  boost::system::result<std::vector<PostedAlert>, std::string> evaluate(Time now);

  // All that there ever were, in the order in which they were first seen or expected.
  const std::vector<Watched>& watched() const { return watched_; }

 private:
  std::size_t number_of(const alert::Labels& labels);

  AlertRule rule_;
  Alerting alerting_;
  StandingQuery measure_;
  std::optional<StandingQuery> condition_;  // none: the comparison of the measure is all
  std::vector<Watched> watched_;
  std::map<alert::Labels, std::size_t> numbers_;
};

}  // namespace scalehook::simulate
