// What was probably meant by a word that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scalehook::config {

// The one of `words` with the fewest slips of the keyboard (an insertion, removal, replacement or
// swap of neighbours each) to `text`; empty if none is near.
std::string nearest(std::string_view text, const std::vector<std::string>& words);

}  // namespace scalehook::config
