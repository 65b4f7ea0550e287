// A recorded metric, or a load, played through Prometheus, Alertmanager and the engine.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/plugin/instance.hpp"
#include "core/rules/target.hpp"
#include "core/simulate/grouping.hpp"
#include "core/simulate/judges.hpp"
#include "core/simulate/load.hpp"
#include "core/simulate/needs.hpp"
#include "core/simulate/plant.hpp"
#include "core/simulate/recording.hpp"
#include "core/simulate/rule.hpp"
#include "core/simulate/timeline.hpp"

namespace scalehook::simulate {

// A load, and the workload that serves it.
struct LoadedWorkload {
  std::shared_ptr<const Load> load;
  PlantOptions plant;
  std::chrono::seconds scrape_interval{15};  // > 0
  alert::Labels labels;                      // of the series
  rules::Target target;
};

// What a timeline keeps of a play, beside the sums.
struct Keep {
  bool points = true;
  bool notifications = true;
  bool decisions = true;
  bool served = true;
};

struct Scenario {
  std::shared_ptr<const config::Config> config;
  // One sentence if the fields are no target of the scaler of that name; for each of the config's.
  std::map<std::string, std::function<std::optional<std::string>(const plugin::TargetFields&)>>
      checks;
  // Either a recording, or a load. What the rules and the configuration's queries read is there:
  // see needed().
  std::shared_ptr<const Recording> recording;
  std::string recorded;  // PromQL: what the recording's series without a name are
  std::optional<LoadedWorkload> load;
  std::vector<RuleGroup> groups;        // at least one alerting rule
  std::chrono::nanoseconds interval{};  // of groups that say none; > 0
  GroupTimes group;
  std::int64_t replicas = 2;         // of each workload at the start, but for the load's
  std::chrono::seconds startup{30};  // until a new replica of those is ready
  // The metric is what each replica has of it, recorded with `replicas` of them: it is divided as
  // they become more. Needs replicas > 0.
  bool feedback = false;
  Keep keep;
  std::vector<Span> spans;  // of a load: what verdicts are taken of
};

// What the scenario's expressions may read.
Supply supply_of(const Scenario& scenario);

// From the first sample to the last. The same scenario gives the same timeline. What is due at the
// moment of an evaluation comes before it. Fails with one sentence if two series would make one
// alert, or if an expression cannot be evaluated. Any thread, also on several with one scenario.
boost::system::result<Timeline, std::string> run(const Scenario& scenario);

}  // namespace scalehook::simulate
