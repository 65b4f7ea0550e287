// The number that an alert carries.
#pragma once

#include <optional>
#include <string_view>

#include "core/alert/alert.hpp"

namespace scalehook::alert {

// A float as Go prints it ("35", "4e+06", "+0.5"). None for NaN, infinities, negative numbers and
// whatever is no number: nothing can be scaled by them.
std::optional<double> parse_value(std::string_view text);

// What `value` says: the annotation, else the label; null if the alert has neither.
const std::string* value_text(const Alert& alert);

}  // namespace scalehook::alert
