// The part of a mail that is plain text.
#pragma once

#include <span>
#include <string>

#include "plugins/email/event.hpp"

namespace scalehook::email {

// Which workload went from how many to how many and why, with the alerts behind it; before it, if
// there are several events, a list of them. Lines end with "\n"; it takes some 88 KiB at most in
// quoted-printable, whatever the events hold.
std::string text_part(std::span<const Event> events);

}  // namespace scalehook::email
