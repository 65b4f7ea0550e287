// The engine's records as decisions of a timeline.
#pragma once

#include "core/journal/record.hpp"
#include "core/simulate/timeline.hpp"

namespace scalehook::simulate {

// All of a decision but the value and the state of its alert.
Decision decision_of(const journal::Record& record);

}  // namespace scalehook::simulate
