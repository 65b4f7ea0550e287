// Reading a whole file.
#pragma once

#include <boost/system/result.hpp>
#include <string>

namespace scalehook::config {

// What the file holds, or one sentence that says why it cannot be read.
boost::system::result<std::string, std::string> read_text(const std::string& path);

}  // namespace scalehook::config
