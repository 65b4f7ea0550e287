// Text of others in a message of ours.
#pragma once

#include <string>
#include <string_view>

namespace scalehook::kubernetes {

// At most `size` bytes of UTF-8 on one line: control characters become spaces, and no character is
// cut in two; what was left out is shown by "…".
std::string one_line(std::string_view text, std::size_t size);

}  // namespace scalehook::kubernetes
