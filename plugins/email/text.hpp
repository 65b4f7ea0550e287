// Text from outside (labels, names, explanations) made fit to stand in a mail.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scalehook::email {

// Size in bytes of the character that `text`, which is not empty, begins with; 1 where it is no
// UTF-8.
std::size_t character_size(std::string_view text);

bool is_ascii(std::string_view text);

// Its ASCII letters in lower case: names of header fields are the same in any.
std::string lower_case(std::string_view text);

// Every character that programs obey and people do not see (control characters, the Unicode line
// separators, marks and overrides of the direction, spaces of no width) becomes a space, every byte
// that is no UTF-8 a U+FFFD. So no such text can end a line, begin a header, turn a reader's eye
// around or pass for another.
std::string visible(std::string_view text);

// visible(), with runs of spaces made one and none at the ends.
std::string one_line(std::string_view text);

// The first `limit` bytes at most, cut between characters; " […]" marks a cut.
std::string shortened(std::string_view text, std::size_t limit);

}  // namespace scalehook::email
