// The mail that tells of an event.
#pragma once

#include <string>
#include <vector>

#include "plugins/email/event.hpp"
#include "plugins/email/mailbox.hpp"

namespace scalehook::email {

struct Envelope {
  Mailbox from;
  std::vector<Mailbox> to;  // at least one
  std::string instance;     // the notifier's name: two notifiers' mails of one event differ
};

// "[scalehook] deployment shop/checkout: 2 -> 3 (applied)"
std::string subject(const Event& event);

// Which workload went from how many to how many and why, with the alerts behind it. Lines end with
// "\n"; at most some 250 KiB, however many and long the alerts are.
std::string body(const Event& event);

// The whole message (RFC 5322) with CRLF line ends. The same event gives the same message, with the
// same Message-ID, so that a mail delivered twice can be recognized.
std::string compose(const Event& event, const Envelope& envelope);

}  // namespace scalehook::email
