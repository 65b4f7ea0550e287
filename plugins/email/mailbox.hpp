// Who a mail is from and to.
#pragma once

#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace scalehook::email {

struct Mailbox {
  std::string name;     // as people read it; may be empty
  std::string address;  // local@domain, ASCII; safe to put into an SMTP command
};

// "ops@example.org" or "On call <ops@example.org>", the name with or without double quotes. The
// address is a dot-atom and a host name: no quoted local parts, no comments, no lists. A failure
// is `invalid`, quotes the text and says what to write.
outcome<Mailbox> parse_mailbox(std::string_view text);

// What follows the '@'.
std::string_view domain(const Mailbox& mailbox);

// "To: a@example.org,\r\n =?UTF-8?B?…?= <b@example.org>\r\n": one mailbox a line.
std::string address_header(std::string_view name, const std::vector<Mailbox>& mailboxes);

}  // namespace scalehook::email
