// Which alerts fall under a rule, and which target they mean. How many replicas follow is not known
// here: see core/scaling.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/rules/matcher.hpp"

namespace scalehook::rules {

struct Rule {
  std::string name;
  std::vector<Matcher> matchers;  // all must match
  std::string scaler;             // the name of a configured scaler; may hold ${label}
  // The target's fields; each value may hold ${label}: the alert's label of that name, else its
  // annotation. "$$" is a dollar sign.
  std::map<std::string, std::string, std::less<>> target;
  std::string action;  // scale-out, scale-in, scale-to or hold; may hold ${label}
  // Labels that do not make another alert of the same thing; `value` is always among them.
  std::set<std::string, std::less<>> ignore_labels;
  // Once any of the labels has this name, `scaler` and `target` are these instead. How the rule
  // that is there when none is written sends alerts with a `statefulset` label to that scaler.
  struct Alternative {
    std::string label;
    std::string scaler;
    std::map<std::string, std::string, std::less<>> target;
  };
  std::vector<Alternative> alternatives;
};

}  // namespace scalehook::rules
