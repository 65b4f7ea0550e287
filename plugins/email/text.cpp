#include "plugins/email/text.hpp"

#include <algorithm>

namespace scalehook::email {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

bool is_utf8(std::string_view character) {
  return character.size() > 1 || static_cast<unsigned char>(character.front()) < 0x80;
}

bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  const auto second = static_cast<unsigned char>(character[1]);
  if (character.size() == 2) return first == 0xC2 && second < 0xA0;  // U+0080 to U+009F
  if (character.size() != 3 || first != 0xE2) return false;
  const auto third = static_cast<unsigned char>(character[2]);
  if (second == 0x80) return third == 0x8E || third == 0x8F || (third >= 0xA8 && third <= 0xAE);
  return second == 0x81 && third >= 0xA6 && third <= 0xA9;
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
  return size;
}

std::string visible(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const auto character = text.substr(0, character_size(text));
    if (!is_utf8(character)) {
      result += kReplacement;
    } else if (is_control(character)) {
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
