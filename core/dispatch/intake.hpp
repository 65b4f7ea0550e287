// From a notification to what it says of each target.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/dispatch/setup.hpp"
#include "core/rules/target.hpp"
#include "core/scaling/claim.hpp"
#include "core/scaling/reason.hpp"

namespace scalehook::dispatch {

// An alert no target's claim comes of.
struct Turned {
  alert::Alert alert;
  std::string rule;  // empty if none matched
  scaling::Reason reason{};
  std::string explanation;
};

struct Intake {
  struct Seen {
    std::vector<alert::Alert> alerts;
    std::vector<scaling::Observation> observations;  // one for each alert
  };
  std::map<rules::Target, Seen> targets;
  std::vector<Turned> turned;
};

// The first rule that matches an alert says its target and action. Pure.
Intake take_in(const Setup& setup, std::vector<alert::Alert> alerts);

}  // namespace scalehook::dispatch
