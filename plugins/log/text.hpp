// Texts that go where lines and sizes matter. All are UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scalehook::log {

// With \uXXXX for what ends a line somewhere or commands a terminal: U+0000 to U+001F, U+007F to
// U+009F, U+2028 and U+2029.
std::string escaped(std::string_view text);

// At most `size` bytes: what is longer ends with "…" behind its last whole character that fits.
std::string cut(std::string_view text, std::size_t size);

}  // namespace scalehook::log
