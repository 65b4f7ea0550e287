// Texts that come from a plugin: untrusted bytes, until they passed here.
#pragma once

#include <scalehook/plugin.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace scalehook::plugin {

// Empty if the plugin left it out (data is NULL).
std::string_view view(scalehook_text text);

// Valid UTF-8 without control characters (U+0000 to U+001F, U+007F to U+009F).
bool is_clean(std::string_view text);

// For people: invalid bytes become U+FFFD, control characters blanks; what is beyond `limit` bytes
// is cut off at a character's end and shown as "…".
std::string cleaned(std::string_view text, std::size_t limit);

}  // namespace scalehook::plugin
