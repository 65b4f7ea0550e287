// What is to be simulated, from the command line.
#pragma once

#include <boost/system/result.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/app/simulate.hpp"
#include "core/simulate/load_target.hpp"
#include "core/simulate/simulation.hpp"

namespace scalehook::app {

// The files that do not depend on a configuration.
struct SimulateInputs {
  std::shared_ptr<simulate::Recording> recording;  // one of the two
  std::shared_ptr<const simulate::Load> load;
  alert::Labels labels;                     // of --label
  std::vector<simulate::RuleGroup> groups;  // of the rule file, with all its recording rules
};

// Each fails with lines that say what is wrong, where, and what to do.
boost::system::result<SimulateInputs, std::string> read_inputs(const SimulateOptions& options);

struct LoadedScenario {
  simulate::Scenario scenario;
  simulate::LoadTarget target;  // of a load; what it points to is in the scenario
};

// With that configuration file; empty: the built-in one. The targets' schemas are looked at; no
// plugin's instance is created.
boost::system::result<LoadedScenario, std::string> load_scenario(const SimulateOptions& options,
                                                                 const SimulateInputs& inputs,
                                                                 const std::string& config_file);

}  // namespace scalehook::app
