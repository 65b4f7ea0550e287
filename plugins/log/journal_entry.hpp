// An event as an entry of the systemd journal.
#pragma once

#include <string>
#include <string_view>

#include "plugins/log/event.hpp"

namespace scalehook::log {

// MESSAGE_ID of all of them, for `journalctl MESSAGE_ID=…`.
inline constexpr std::string_view kMessageId = "331fcec631764f889be34831a32cfa1b";

// In journald's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): MESSAGE (the sentence for
// people), MESSAGE_ID, PRIORITY, SYSLOG_IDENTIFIER, SCALEHOOK_INSTANCE, each field of the event as
// SCALEHOOK_<KEY>, several values as several fields, 256 at most, and the whole event as
// SCALEHOOK_EVENT.
std::string journal_entry(const Event& event, std::string_view instance);

}  // namespace scalehook::log
