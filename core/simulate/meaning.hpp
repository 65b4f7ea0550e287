// What the configuration makes of an alert.
#pragma once

#include <optional>
#include <string>

#include "core/config/config.hpp"
#include "core/rules/target.hpp"
#include "core/simulate/alerting.hpp"

namespace scalehook::simulate {

struct Meaning {
  const config::Rule* rule = nullptr;   // that takes it up; null: none does
  std::optional<rules::Target> target;  // none: the rule cannot make one of it
  std::string action;                   // as written, if there is a target
  std::string fault;                    // one sentence if there is a rule and no target
};

// Of the rule's alert of a series, as far as that is the same at every value. The configuration
// outlives the result.
Meaning meaning_of(const config::Config& config, const AlertRule& alert,
                   const alert::Labels& series);

}  // namespace scalehook::simulate
