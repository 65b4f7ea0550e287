// Which mails belong to one conversation.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "plugins/email/event.hpp"

namespace scalehook::email {

// Whose mails they are: the notifier's name, and the domain that it sends from.
struct Sender {
  std::string_view instance;
  std::string_view domain;
};

// "<id@domain>", of the events' ids: the same for the same events, so that a mail delivered twice
// can be recognized, and another for another notifier. At least one event.
std::string message_id(std::span<const Event> events, const Sender& sender);

// "In-Reply-To" and "References" that make every mail of an episode an answer to one that was never
// sent, so that readers show them together whichever of them arrive. Empty if no event has an
// episode, and if there are several: readers take even In-Reply-To alone for references, and would
// make one conversation of theirs for ever.
std::string thread_headers(std::span<const Event> events, const Sender& sender);

}  // namespace scalehook::email
