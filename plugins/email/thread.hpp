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

// Makes every mail of an episode an answer to one that was never sent, so that readers show them
// together whichever of them arrive. Of one episode "In-Reply-To" and "References", of several
// "In-Reply-To" with the first 20 of them: RFC 5322, section 3.6.4, advises against References to
// several parents, and readers would make one conversation of theirs for ever. Empty if no event
// has an episode.
std::string thread_headers(std::span<const Event> events, const Sender& sender);

}  // namespace scalehook::email
