// What came of a simulation, as text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/simulate/suggestion.hpp"
#include "core/simulate/timeline.hpp"

namespace scalehook::simulate {

// How something else would have scaled the same load.
struct Rival {
  std::string name;  // "HPA", a configuration's file
  std::string how;   // a clause on what it was: "a target of 70 load_per_replica"; may be empty
  Verdict verdict;
  std::vector<Workload::Change> changes;  // the first is the count at the start
};

// A load's timeline has the verdict on it first; the rivals are those of a load.
struct Report {
  Timeline timeline;
  std::optional<Rival> hpa;
  std::optional<Rival> compared;  // another configuration
  std::optional<Suggestion> suggestion;
};

// A table of decisions, for people: those in a row that changed nothing for the same reason are one
// line; then the sums, and the verdicts side by side. With a suggestion only that and the verdicts.
// Times are UTC.
std::string as_text(const Report& report);
// The verdicts alone; empty if there is none.
std::string verdict_text(const Report& report);

// Every decision: time,target,value,alert,from,to,changed,reason,rule,explanation,alerts.
std::string as_csv(const Report& report);

// One object:
//   alerts         [{name, measure, condition}]; if it is one alert also "alert", its name, and
//                  "comparison", its condition
//   start, end     RFC 3339
//   series         [{alert, labels, target, seconds_held, seconds_firing}]
//   workloads      [{target, replicas: [{time, replicas}], changes_out, changes_in, most, least,
//                  mean, seconds_at_max}]
//   notifications  [{time, alerts: [{status, labels, annotations, starts_at}]}]
//   decisions      [{time, target, value, alert, alerts, from, to, changed, reason, rule,
//                  explanation}]
//   verdict        of a load: {violation_minutes, unserved_share, replica_minutes, changes, flaps,
//                  reaction_seconds: {mean, max}}
//   hpa, compare   the same keys, and name, how and replicas: [{time, replicas}]
//   suggest        see Suggestion
std::string as_json(const Report& report);

}  // namespace scalehook::simulate
