// What a sweep found, as text.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "core/simulate/sweep.hpp"

namespace scalehook::simulate {

struct Suggestion {
  Sweep sweep;
  std::string rule;                 // the name of the rule whose settings they are
  std::string alert;                // and of its alert
  std::string measure, comparison;  // of which a threshold is part: "avg(x)", ">"
  std::optional<Verdict> hpa_tried, hpa_held_out;
};

// For people: a table of the front, each with what it makes of both spans, and the settings worth
// having as YAML to paste.
std::string as_text(const Suggestion& suggestion);

// {rule, alert, settings: [{name, values}], attempts, tried_on: {from, to}, held_out: {from, to},
// now: ATTEMPT, hpa: {tried_on, held_out}, front: [ATTEMPT], worth: [ATTEMPT]}. An ATTEMPT is
// {settings: {NAME: VALUE}, tried_on, held_out}, the last two verdicts; one that is worth having
// has a name too, and yaml.
boost::json::object as_json(const Suggestion& suggestion);

}  // namespace scalehook::simulate
