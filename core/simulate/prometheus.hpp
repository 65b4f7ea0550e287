// Prometheus: evaluates rules over its database, and answers queries.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/simulate/alert_evaluation.hpp"
#include "core/simulate/clock.hpp"
#include "core/simulate/database.hpp"
#include "core/simulate/needs.hpp"
#include "core/upstream/query.hpp"

namespace scalehook::simulate {

// All on the clock's thread.
class Prometheus {
 public:
  struct Hooks {
    // Brings the database up to now; before each evaluation and query.
    std::function<void()> scrape;
    // After each evaluation of the alerting rule of that number; numbers count from 0 in the order
    // of the groups.
    std::function<void(std::size_t alert, const AlertEvaluation&)> evaluated;
    std::function<void(const std::string& alertname, std::vector<PostedAlert>)> post;
  };

  // `interval`: of groups that say none. Groups are evaluated in their order at the start of the
  // clock and then at each of their intervals; what is evaluated and asked, `supply` has, and the
  // recording rules make.
  Prometheus(Clock& clock, Database& database, const std::vector<RuleGroup>& groups,
             std::chrono::nanoseconds interval, Supply supply, Hooks hooks);

  // The alerting rule of that number.
  const AlertEvaluation& alert(std::size_t number) const;
  // A series of it that will be there.
  void expect(std::size_t alert, const alert::Labels& series);

  // When the next evaluation is due.
  Time next() const;
  // Evaluates what is due now. One sentence if Prometheus refuses an evaluation.
  std::optional<std::string> evaluate();

  // The answer to an instant query at the clock's time. One that cannot be evaluated here is a
  // fault of the simulation: see fault().
  upstream::QueryAnswer query(const std::string& expression);

  // The first query that could not be evaluated, in one sentence; none: all were.
  const std::optional<std::string>& fault() const { return fault_; }

 private:
  // A recording rule at work.
  struct Recorder {
    RecordingRule rule;
    StandingQuery query;
    std::map<std::size_t, Time> seen;  // series of the database that the last evaluation made
  };
  struct Alert {
    std::size_t number;
    AlertEvaluation evaluation;
  };
  struct Group {
    std::chrono::nanoseconds interval{};
    Time next{};
    std::vector<std::variant<Recorder, Alert>> rules;
  };

  std::optional<std::string> run(Recorder& recorder);
  std::optional<std::string> run(Alert& alert);
  std::optional<std::string> prepare(const std::string& expression);

  Clock& clock_;
  Database& database_;
  Supply supply_;
  Hooks hooks_;
  std::vector<Group> groups_;  // stay as they are made
  std::vector<AlertEvaluation*> alerts_;
  std::map<std::string, StandingQuery, std::less<>> queries_;  // by their text
  std::optional<std::string> fault_;
};

}  // namespace scalehook::simulate
