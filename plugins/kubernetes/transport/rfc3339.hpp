// Times as the Kubernetes API writes them.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace scalehook::kubernetes {

// An RFC 3339 date and time with seconds and zone; fractions of a second are dropped. (Not a time
// of the system's clock, which ends in 2262.)
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text);

}  // namespace scalehook::kubernetes
