#include "core/plugin/text.hpp"

#include <algorithm>
#include <cstdint>

namespace scalehook::plugin {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t size = 0;  // in bytes; 0: not UTF-8
};

// The character at the front, by RFC 3629: no overlong forms, no surrogates, up to U+10FFFF.
Character decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return {};
  char32_t code = first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3fU);
  }
  constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (code < smallest[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, size};
}

bool is_control(char32_t code) { return code < 0x20 || (code >= 0x7f && code <= 0x9f); }

}  // namespace

std::string_view view(scalehook_text text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

bool is_clean(std::string_view text) {
  while (!text.empty()) {
    const Character next = decode(text);
    if (next.size == 0 || is_control(next.code)) return false;
    text.remove_prefix(next.size);
  }
  return true;
}

std::string cleaned(std::string_view text, std::size_t limit) {
  std::string result;
  while (!text.empty()) {
    const Character next = decode(text);
    const std::string_view shown = next.size == 0          ? "\ufffd"
                                   : is_control(next.code) ? " "
                                                           : text.substr(0, next.size);
    if (result.size() + shown.size() > limit) return result + "…";
    result += shown;
    text.remove_prefix(std::max<std::size_t>(next.size, 1));
  }
  return result;
}

}  // namespace scalehook::plugin
