// An event as one line, without its end: what would end a line or command a terminal is escaped.
#pragma once

#include <string>
#include <string_view>

#include "plugins/log/event.hpp"

namespace scalehook::log {

enum class Format { logfmt, json, text };

// logfmt: time=… kind=scaled target="deployment shop/checkout" from=2 to=3 …, all fields, with
// values in Go's logfmt way of quoting. json: the whole event as it came. text: a sentence,
// "deployment shop/checkout: 2 -> 3 (applied): why".
std::string line(Format format, const Event& event);

}  // namespace scalehook::log
