// Words that are nearly others.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace scalehook::lint {

// The one of `words` that was probably meant by a text that is none of them; empty if there is
// none. Stricter than the configuration's suggestions, for label names are free: another case, one
// slip of the keyboard, or two in long words; never another digit.
std::string misspelt(std::string_view text, const std::set<std::string>& words);

}  // namespace scalehook::lint
