// A recorded metric played through Prometheus, Alertmanager and the engine.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/config/config.hpp"
#include "core/plugin/instance.hpp"
#include "core/simulate/grouping.hpp"
#include "core/simulate/rule.hpp"
#include "core/simulate/timeline.hpp"
#include "core/simulate/trace.hpp"

namespace scalehook::simulate {

struct Scenario {
  std::shared_ptr<const config::Config> config;
  // One sentence if the fields are no target of the scaler of that name; for each of the config's.
  std::map<std::string, std::function<std::optional<std::string>(const plugin::TargetFields&)>>
      checks;
  Trace trace;
  AlertRule rule;
  std::chrono::nanoseconds interval{};  // of evaluation; > 0
  GroupTimes group;
  std::int64_t replicas = 2;         // of each workload at the start
  std::chrono::seconds startup{30};  // until a new replica is ready
  // The metric is what each replica has of it, recorded with `replicas` of them: it is divided as
  // they become more. Needs replicas > 0.
  bool feedback = false;
};

// From the first sample to the last. The same scenario gives the same timeline. What is due at the
// moment of an evaluation comes before it. Fails with one sentence if two series would make one
// alert.
boost::system::result<Timeline, std::string> run(const Scenario& scenario);

}  // namespace scalehook::simulate
