// The part of a mail that is plain text.
#pragma once

#include <span>
#include <string>

#include "plugins/email/event.hpp"

namespace scalehook::email {

// Which workload went from how many to how many and why, with the alerts behind it; before it, if
// there are several events, a list of them. Lines end with "\n"; at most some 250 KiB, however many
// and long the alerts are.
std::string text_part(std::span<const Event> events);

}  // namespace scalehook::email
