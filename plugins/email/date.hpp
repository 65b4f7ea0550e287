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

// What the clocks of a place show: so much more than UTC.
struct Zone {
  std::chrono::minutes offset{};
  std::string name = "UTC";  // "CET"
};

// The zone of this machine at that time, as TZ or /etc/localtime say. Any thread.
Zone local_zone(std::chrono::sys_seconds time);

// "Mon, 23 Nov 2026 17:06:10 +0100" (RFC 5322, section 3.3).
std::string to_rfc5322(std::chrono::sys_seconds time, const Zone& zone);

// "2026-11-23 17:06:10 CET (+0100)", for people; "2026-11-23 16:06:10 UTC".
std::string to_text(std::chrono::sys_seconds time, const Zone& zone);

}  // namespace scalehook::email
