// Whether an alert is meant for scaling, and under which rules of the configuration it falls.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "core/config/config.hpp"
#include "core/lint/expression.hpp"
#include "core/lint/rule_file.hpp"

namespace scalehook::lint {

struct Intent {
  // It falls under a rule, or visibly tries to. All below is empty otherwise.
  bool scales = false;
  AlertRule alert;  // with its spelling put right
  // The rules it may fall under in their order; which of them, its series decide.
  std::vector<const config::Rule*> rules;
  std::vector<Finding> findings;  // misspelt labels, and why it falls under no rule
};

// The labels that decide what an alert does: those of the rule's matchers, target, action and
// alternatives.
std::set<std::string> labels_of(const config::Rule& rule);

// A template: its value is known when it fires.
bool is_template(const Entry& entry);

// `series` is what the alert's expression says. The rules point into `config`.
//
// An alert falls under a rule if no matcher refuses it and one that needs a label finds it among
// the alert's own. Labels that neither the alert nor its expression names count as absent, or any
// alert might fall under any rule. Once it is known to be meant for scaling, by a rule or by the
// matchers that all rules share, such as trigger="hpa", its series may bring them, and more rules
// come into question.
Intent read_intent(const AlertRule& alert, const Expression& series, const config::Config& config);

}  // namespace scalehook::lint
