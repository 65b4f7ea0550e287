// From an alert to what it means: the rule it falls under, its target, its action and its identity.
#pragma once

#include <boost/system/result.hpp>
#include <compare>
#include <string>

#include "core/alert/alert.hpp"
#include "core/rules/rule.hpp"
#include "core/rules/target.hpp"

namespace scalehook::rules {

// Whether all of the rule's matchers match.
bool matches(const Rule& rule, const alert::Labels& labels);

// What makes two alerts on one target the same claim.
struct Identity {
  std::string rule;
  alert::Labels labels;  // the series' labels without the rule's ignore_labels

  friend auto operator<=>(const Identity&, const Identity&) = default;
};

struct Selection {
  Target target;
  std::string action;    // expanded, not yet checked
  alert::Labels series;  // all labels but `value`
  Identity identity;
};

// Why a matching alert means no target; one sentence for the user.
struct NoTarget {
  std::string explanation;
};

// For an alert that matches the rule.
boost::system::result<Selection, NoTarget> select(const Rule& rule, const alert::Alert& alert);

}  // namespace scalehook::rules
