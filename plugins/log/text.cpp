#include "plugins/log/text.hpp"

#include <array>
#include <cstdio>

namespace scalehook::log {
namespace {

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

std::string unicode_escape(unsigned character) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", character);
  return text.data();
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (at(i) < 0x20 || at(i) == 0x7F) {
      result += unicode_escape(at(i));
    } else if (at(i) == 0xC2 && at(i + 1) < 0xA0) {
      result += unicode_escape(at(i + 1));
      ++i;
    } else if (at(i) == 0xE2 && at(i + 1) == 0x80 && (at(i + 2) | 1) == 0xA9) {
      result += unicode_escape(0x2000 | (at(i + 2) & 0x3F));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string cut(std::string_view text, std::size_t size) {
  if (text.size() <= size) return std::string(text);
  if (size < kEllipsis.size()) return {};
  std::size_t end = size - kEllipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(kEllipsis);
}

}  // namespace scalehook::log
