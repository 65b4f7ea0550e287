// What happened to workloads and why, for somebody who has never seen the configuration.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

namespace scalehook::explain {

// `records` are decision records, newest first, and so is the story; what was not done several
// times in a row for the same reason is told once. `target`: whose story it is; empty: that of all,
// and each paragraph names its own. Times are local. Ends with a newline; of no records it is
// empty.
std::string tell(const std::vector<boost::json::object>& records, const std::string& target);

}  // namespace scalehook::explain
