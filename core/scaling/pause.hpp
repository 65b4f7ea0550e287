// A pause: somebody does not want a target, a rule or everything to be scaled for a while. Claims
// are tracked meanwhile, so that what is due is done once it ends.
#pragma once

#include <optional>
#include <string>

#include "core/alert/alert.hpp"

namespace scalehook::scaling {

// By its nature a matter of people's clocks: `since` and `until` are wall time.
struct Pause {
  std::string target;     // its text, see rules::to_text; empty: every target
  std::string rule;       // the name; empty: every rule
  std::string direction;  // "in", "out", or empty: both
  std::optional<alert::Time> until;
  std::string comment;
  alert::Time since{};
};

}  // namespace scalehook::scaling
