#include "plugins/email/mime.hpp"

#include <algorithm>
#include <array>

#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

constexpr std::size_t kLine = 76;
constexpr std::string_view kWordStart = "=?UTF-8?B?";
constexpr std::string_view kWordEnd = "?=";

std::string base64(std::string_view bytes) {
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string result;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::array<unsigned, 3> group{};
    const auto size = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t j = 0; j < size; ++j) group[j] = static_cast<unsigned char>(bytes[i + j]);
    const unsigned bits = group[0] << 16 | group[1] << 8 | group[2];
    for (std::size_t j = 0; j < 4; ++j) {
      result += j <= size ? alphabet[bits >> (18 - 6 * j) & 63] : '=';
    }
  }
  return result;
}

// Takes it from `text`, with the space after it.
std::string_view next_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

bool fits_a_line(std::string_view word) { return 1 + word.size() <= kLine; }

bool foldable(std::string_view text) {
  while (!text.empty()) {
    if (!fits_a_line(next_word(text))) return false;
  }
  return true;
}

}  // namespace

bool is_plain(std::string_view text) {
  return is_ascii(text) && text.find("=?") == std::string_view::npos;
}

std::string folded(std::string_view name, std::string_view text) {
  std::string result = std::string(name) + ':';
  std::size_t column = result.size();
  for (bool first = true; !text.empty(); first = false) {
    const auto word = next_word(text);
    // Nothing is gained by a line of the name alone before a word that fits no line.
    if (column + 1 + word.size() > kLine && (!first || fits_a_line(word))) {
      result += "\r\n";
      column = 0;
    }
    (result += ' ') += word;
    column += 1 + word.size();
  }
  return result + "\r\n";
}

std::string encoded_words(std::string_view text, std::size_t column) {
  std::string result;
  while (!text.empty()) {
    const auto frame = column + kWordStart.size() + kWordEnd.size();
    const auto room = frame < kLine ? (kLine - frame) / 4 * 3 : 0;
    std::size_t size = 0;
    while (size < text.size()) {
      const auto next = character_size(text.substr(size));
      if (size + next > room) break;
      size += next;
    }
    if (size > 0) {
      ((result += kWordStart) += base64(text.substr(0, size))) += kWordEnd;
      text.remove_prefix(size);
    }
    if (!text.empty()) result += "\r\n ";
    column = 1;
  }
  return result;
}

std::string header(std::string_view name, std::string_view text) {
  const auto clean = one_line(text);
  if (is_plain(clean) && foldable(clean)) return folded(name, clean);
  return std::string(name) + ": " + encoded_words(clean, name.size() + 2) + "\r\n";
}

std::string quoted_printable(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char byte = text[i];
    if (byte == '\n') {
      result += "\r\n";
      column = 0;
      continue;
    }
    // A space at a line's end may be lost on the way.
    const bool last = i + 1 == text.size() || text[i + 1] == '\n';
    const bool literal = (byte > ' ' && byte <= '~' && byte != '=') || (byte == ' ' && !last);
    const std::size_t width = literal ? 1 : 3;
    if (column + width + (last ? 0 : 1) > kLine) {
      result += "=\r\n";
      column = 0;
    }
    if (literal) {
      result += byte;
    } else {
      const auto value = static_cast<unsigned char>(byte);
      ((result += '=') += digits[value >> 4]) += digits[value & 15];
    }
    column += width;
  }
  if (column > 0) result += "\r\n";
  return result;
}

}  // namespace scalehook::email
