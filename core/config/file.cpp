#include "core/config/file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace scalehook::config {

boost::system::result<std::string, std::string> read_text(const std::string& path) {
  using Result = boost::system::result<std::string, std::string>;
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // An empty file inserts nothing, which sets failbit on the destination: not a fault.
  if (!file || (file.peek() != std::ifstream::traits_type::eof() && !(text << file.rdbuf())) ||
      file.bad()) {
    return Result{boost::system::in_place_error,
                  std::string{"the file cannot be read: "} + std::strerror(errno)};
  }
  return Result{boost::system::in_place_value, text.str()};
}

}  // namespace scalehook::config
