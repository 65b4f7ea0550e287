// Header fields that the settings add to every mail.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scalehook::email {

// Why a mail cannot have this field, in one sentence, if so: the name is none (RFC 5322, section
// 3.6.8) or is one that we or the servers on the way write, or the value is empty, too long for a
// line or not one, or, of Reply-To and Sender, no mailbox, or, of List-…, not ASCII.
std::optional<std::string> check_header(std::string_view name, std::string_view value);

// "X-Team: payments\r\n", of what check_header has nothing against. ASCII is written as it is,
// folded at its spaces; what is not, or looks encoded, as encoded-words.
std::string extra_header(std::string_view name, std::string_view value);

}  // namespace scalehook::email
