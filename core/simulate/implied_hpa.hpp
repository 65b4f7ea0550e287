// The HorizontalPodAutoscaler that somebody would have written in place of a rule.
#pragma once

#include <optional>
#include <string>

#include "core/simulate/hpa.hpp"
#include "core/simulate/load_target.hpp"

namespace scalehook::simulate {

struct ImpliedHpa {
  HpaOptions options;
  std::string how;  // a clause: what its target is, and where that is from
};

// With the rule's limits, and what it has each replica have. That is the target of `per_replica`
// and `ratio`; of the other policies 0.875 of the threshold of the alert that scales out, as 70 is
// of
// 80. What they are about is found by trying it on constant loads; if it is not in proportion to
// the load per replica, the HPA is to have 0.7 of the capacity used. `groups` has the recording
// rules that the expressions need. `given`: the target, in load per replica, if it is said.
ImpliedHpa implied_hpa(const LoadTarget& target, const std::vector<RuleGroup>& groups,
                       bool asks_prometheus, const PlantOptions& plant,
                       std::optional<double> given);

}  // namespace scalehook::simulate
