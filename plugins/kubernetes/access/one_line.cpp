#include "plugins/kubernetes/access/one_line.hpp"

namespace scalehook::kubernetes {

std::string one_line(std::string_view text, std::size_t size) {
  constexpr std::string_view ellipsis = "…";
  std::string line{text.substr(0, size)};
  if (text.size() > size) {
    std::size_t end = size > ellipsis.size() ? size - ellipsis.size() : 0;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    line.resize(end);
    line += ellipsis;
  }
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

}  // namespace scalehook::kubernetes
