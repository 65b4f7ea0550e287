// The mail that tells of events.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "plugins/email/event.hpp"
#include "plugins/email/mailbox.hpp"
#include "plugins/email/subject.hpp"
#include "plugins/email/thread.hpp"

namespace scalehook::email {

struct Envelope {
  Mailbox from;
  std::vector<Mailbox> to;  // at least one
  std::string instance;     // the notifier's name: two notifiers' mails of one event differ
  Subject subject;
  bool threading = true;                                       // as thread_headers() has it
  std::vector<std::pair<std::string, std::string>> headers{};  // as check_header() admits

  Sender sender() const { return {instance, domain(from)}; }
};

// The whole message (RFC 5322) with CRLF line ends: text and HTML, both quoted-printable in UTF-8.
// All of it is ASCII, but for addresses that are not (RFC 6532): these are named only where one of
// the transaction's own, `recipients`, needs SMTPUTF8, for a server must not be given them without.
// It takes some 200 KiB at most, and what the settings put into its header. The same events, at
// least one, give the same message in the same zone. It is dated as the last.
std::string compose(std::span<const Event> events, const Envelope& envelope,
                    const std::vector<std::string>& recipients);

}  // namespace scalehook::email
