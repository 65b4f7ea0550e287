#include "plugins/email/part.hpp"

#include <limits>

#include "plugins/email/mime.hpp"

namespace scalehook::email {

void Part::add(std::string_view lines) {
  add_within(std::numeric_limits<std::size_t>::max(), lines);
}

bool Part::add_within(std::size_t limit, std::string_view lines) {
  const auto size = size_ + quoted_printable(lines).size();
  if (size > limit) return false;
  text_ += lines;
  size_ = size;
  return true;
}

}  // namespace scalehook::email
