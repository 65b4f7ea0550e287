// Times as Alertmanager writes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/alert/alert.hpp"

namespace scalehook::alert {

// RFC 3339 with up to nine digits of a second, as Go's time.RFC3339Nano. None if it is not one, or
// lies outside the years 1678 to 2261, which nanoseconds of 64 bits can hold.
std::optional<Time> parse_time(std::string_view text);

// "2026-11-23T16:06:10.585Z": UTC, milliseconds.
std::string to_text(Time time);

}  // namespace scalehook::alert
