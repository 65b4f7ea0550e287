// What was probably meant by a word that is not known.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scalehook::config {

// How many slips of the keyboard lead from one text to the other: an insertion, removal,
// replacement or swap of neighbours each. Its cost is the product of their lengths.
std::size_t slips(std::string_view a, std::string_view b);

// The one of `words` with the fewest slips to `text`; empty if none is near.
std::string nearest(std::string_view text, const std::vector<std::string>& words);

}  // namespace scalehook::config
