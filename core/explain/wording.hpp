// Sentences about one decision.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/explain/entry.hpp"

namespace scalehook::explain {

// "1 replica", "3 replicas".
std::string replicas(std::int64_t count);

// Whether it says that the count was changed.
bool is_change(const Entry& entry);

// "scaled out from 2 to 3 replicas", "nothing was done; it keeps its 3 replicas".
std::string headline(const Entry& entry);

// Why nothing was done, to go on after "because": what the word in the record means to somebody who
// has not read the manual.
std::string because(std::string_view reason);

// What was heard of the alerts, a sentence each for the first; there are `in_all`, if these are not
// more. Times are told beside `now`.
std::string alerts(const std::vector<SeenAlert>& alerts, std::size_t in_all, alert::Time now);

// Begins with a capital letter and ends with a full stop.
std::string sentence(std::string text);

}  // namespace scalehook::explain
