// What the linter says of a rule file.
#pragma once

#include <string>

#include "core/config/load.hpp"

namespace scalehook::lint {

using config::Place;

enum class Severity { error, warning };

struct Finding {
  Place place;
  Severity severity{};
  std::string code;     // short and stable: "value-label"
  std::string message;  // what is wrong and what comes of it, one sentence without its full stop
  // What to do, the same way; where a file is to be written anew, its lines follow.
  std::string remedy;
};

}  // namespace scalehook::lint
