// The workload that a load comes in for.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/rules/target.hpp"
#include "core/simulate/rule.hpp"

namespace scalehook::simulate {

struct LoadTarget {
  // Of the load's series: `given`, and what names the target. That is each label of an alerting
  // rule that is the same for all its alerts and of which the target is made; where the
  // configuration's rule names the target itself, `namespace`, and the name under the scaler's name
  // (deployment="checkout").
  alert::Labels labels;
  rules::Target target;
  // The alert that scales it out, else the first one that is about it, and the rule that takes it
  // up.
  const AlertRule* alert = nullptr;
  const config::Rule* rule = nullptr;
};

// The one target of all alerts that a rule takes up. Fails with a sentence if there is none, or
// more than one. The groups and the configuration outlive the result.
boost::system::result<LoadTarget, std::string> load_target(const config::Config& config,
                                                           const std::vector<RuleGroup>& groups,
                                                           const alert::Labels& given);

}  // namespace scalehook::simulate
