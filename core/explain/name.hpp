// The name that somebody gives a workload, and the one it has in the records.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace scalehook::explain {

// The targets that a name may mean: the one that is written so; else those whose parts hold the
// name's parts in their order, up to the last ("checkout", "shop/checkout", "deployment/checkout",
// "deployment/shop/checkout" for "deployment shop/checkout"); else those that have it somewhere.
std::vector<std::string> meant(const std::vector<std::string>& targets, std::string_view name);

// The last part: "checkout" of "deployment shop/checkout".
std::string last_part(std::string_view name);

// Lines of an indented list, at most `most` of them and then how many more there are.
std::string list(const std::vector<std::string>& targets, std::size_t most = 20);

}  // namespace scalehook::explain
