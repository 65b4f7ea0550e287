// An event as one line.
#pragma once

#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

namespace scalehook::log {

// Both end with their only "\n": control characters, the Unicode line separators among them, are
// escaped. A failure is `failed` with the code "bad-event".

// The event as it came, as compact JSON.
outcome<std::string> json_line(std::string_view event);

// time=… kind=scaled target="deployment shop/checkout" from=2 to=3 …: of the event what people look
// for, in the same order always; what is absent or empty is left out. Values in Go's logfmt way of
// quoting.
outcome<std::string> logfmt_line(std::string_view event);

}  // namespace scalehook::log
