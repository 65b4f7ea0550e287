// How a mail writes text: header fields (RFC 5322, RFC 2047) and bodies (RFC 2045).
#pragma once

#include <string>
#include <string_view>

namespace scalehook::email {

// Every line these write ends with CRLF and, but for folded(), has 76 characters at most.

// "Name: text\r\n". Plain ASCII is folded at its spaces; anything else, and what cannot be folded,
// is written as encoded-words. Control characters become spaces: nothing in `text` can begin
// another field.
std::string header(std::string_view name, std::string_view text);

// The same of `text` that is one line of ASCII, and nothing of it is encoded: a word too long for a
// line stands in one of its own, the first beside the name.
std::string folded(std::string_view name, std::string_view text);

// Whether a reader would take it for text as it stands: it is ASCII and has no "=?".
bool is_plain(std::string_view text);

// A sequence of RFC 2047 encoded-words in UTF-8, each of whole characters, separated by folds. The
// first one stands at `column` of its line.
std::string encoded_words(std::string_view text, std::size_t column);

// Quoted-printable; "\n" ends a line. A last line without one gets it.
std::string quoted_printable(std::string_view text);

}  // namespace scalehook::email
