// Who a mail is from and to.
#pragma once

#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace scalehook::email {

struct Mailbox {
  std::string name;     // as people read it; may be empty
  std::string address;  // local@domain, the domain in ASCII; safe to put into an SMTP command
};

// "ops@example.org" or "On call <ops@example.org>", the name with or without double quotes. The
// address is a dot-atom and a host name: no quoted local parts, no comments, no lists. Both may be
// in any script: the host name is turned into its ASCII form (IDNA 2008), which every server takes;
// a local part stays, and needs servers with SMTPUTF8 (RFC 6531). A failure is `invalid`, quotes
// the text and says what to write.
outcome<Mailbox> parse_mailbox(std::string_view text);

// What follows the '@'.
std::string_view domain(const Mailbox& mailbox);

// Whether a server must do SMTPUTF8 to take it.
bool needs_smtputf8(std::string_view address);

// Whether it must for a transaction between these.
bool needs_smtputf8(std::string_view from, const std::vector<std::string>& to);

// "To: a@example.org,\r\n =?UTF-8?B?…?= <b@example.org>\r\n": one mailbox a line.
std::string address_header(std::string_view name, const std::vector<Mailbox>& mailboxes);

}  // namespace scalehook::email
