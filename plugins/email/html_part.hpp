// The part of a mail that is HTML.
#pragma once

#include <span>
#include <string>

#include "plugins/email/event.hpp"

namespace scalehook::email {

// The same as text_part() tells, for readers of HTML: it needs nothing from elsewhere, keeps to the
// reader's colours, light or dark, and fits a phone. Whatever comes from an event is escaped, and
// only http and https become links. It takes some 96 KiB at most in quoted-printable, whatever the
// events hold: some readers cut a mail off at 100 KiB.
std::string html_part(std::span<const Event> events);

}  // namespace scalehook::email
