// From an alert to what it means: the rule it falls under, its target, its action and its identity.
#pragma once

#include <boost/system/result.hpp>
#include <string>

#include "core/alert/alert.hpp"
#include "core/rules/rule.hpp"
#include "core/rules/target.hpp"

namespace scalehook::rules {

// Whether all of the rule's matchers match.
bool matches(const Rule& rule, const alert::Labels& labels);

struct Selection {
  Target target;
  std::string action;    // expanded, not yet checked
  alert::Labels series;  // all labels but `value`
  alert::Labels
      identity;  // those without the rule's ignore_labels: with rule and target, the claim
};

// Why a matching alert means nothing: it lacks what its target, or its action, is made of.
struct NoTarget {
  std::string explanation;  // one sentence for the user
  bool lacks_action = false;
};

// For an alert that matches the rule.
boost::system::result<Selection, NoTarget> select(const Rule& rule, const alert::Alert& alert);

}  // namespace scalehook::rules
