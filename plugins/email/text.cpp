#include "plugins/email/text.hpp"

#include <algorithm>
#include <array>

namespace scalehook::email {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

bool is_utf8(std::string_view character) {
  return character.size() > 1 || static_cast<unsigned char>(character.front()) < 0x80;
}

// Of one that is UTF-8.
char32_t code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first;
  char32_t result = first & (0x7FU >> character.size());
  for (const char byte : character.substr(1))
    result = result << 6 | (static_cast<unsigned char>(byte) & 0x3FU);
  return result;
}

// Not the joiners U+200C and U+200D, which some scripts and emoji are written with.
bool is_unseen(std::string_view character) {
  struct Range {
    char32_t first, last;
  };
  static constexpr std::array ranges{
      Range{0, 0x1F},        Range{0x7F, 0x9F},     Range{0x61C, 0x61C},
      Range{0x200B, 0x200B}, Range{0x200E, 0x200F}, Range{0x2028, 0x202E},
      Range{0x2060, 0x206F}, Range{0xFEFF, 0xFEFF}, Range{0xFFF9, 0xFFFB}};
  const auto point = code_point(character);
  return std::ranges::any_of(
      ranges, [point](const Range& range) { return point >= range.first && point <= range.last; });
}

// What the byte after `first` must be for the two to begin a character: not one that could be
// written shorter, no half of a surrogate pair, and none above U+10FFFF (RFC 3629, section 4).
bool may_follow(unsigned char first, unsigned char second) {
  if (first == 0xE0) return second >= 0xA0;
  if (first == 0xED) return second < 0xA0;
  if (first == 0xF0) return second >= 0x90;
  if (first == 0xF4) return second < 0x90;
  return true;
}

}  // namespace

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](unsigned char byte) { return byte < 0x80; });
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::size_t character_size(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  std::size_t size = 1;
  if (first >= 0xC2 && first <= 0xDF) size = 2;
  if (first >= 0xE0 && first <= 0xEF) size = 3;
  if (first >= 0xF0 && first <= 0xF4) size = 4;
  if (size > text.size()) return 1;
  for (std::size_t i = 1; i < size; ++i) {
    if (!continuation(text[i])) return 1;
  }
  if (size > 1 && !may_follow(first, static_cast<unsigned char>(text[1]))) return 1;
  return size;
}

std::string visible(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto character = text.substr(0, character_size(text));
    if (!is_utf8(character)) {
      result += kReplacement;
    } else if (is_unseen(character)) {
      result += ' ';
    } else {
      result += character;
    }
    text.remove_prefix(character.size());
  }
  return result;
}

std::string one_line(std::string_view text) {
  std::string result;
  for (const char byte : visible(text)) {
    if (byte == ' ' && (result.empty() || result.back() == ' ')) continue;
    result += byte;
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

std::string shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  std::size_t size = 0;
  while (size + character_size(text.substr(size)) <= limit)
    size += character_size(text.substr(size));
  return std::string(text.substr(0, size)) + " […]";
}

}  // namespace scalehook::email
