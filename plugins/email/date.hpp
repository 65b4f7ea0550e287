// Points in time as the web writes them and as mail writes them. Independent of the locale.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace scalehook::email {

// "2026-11-23T16:06:10.585Z" or with an offset; fractions of a second are dropped. Empty when it is
// no such text or no such day. A leap second is the second before it.
std::optional<std::chrono::sys_seconds> parse_rfc3339(std::string_view text);

// "Mon, 23 Nov 2026 16:06:10 +0000" (RFC 5322, section 3.3), always in UTC.
std::string to_rfc5322(std::chrono::sys_seconds time);

// "2026-11-23 16:06:10 UTC", for people.
std::string to_utc_text(std::chrono::sys_seconds time);

}  // namespace scalehook::email
