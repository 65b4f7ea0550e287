// What the daemon takes as an answer and what it refuses. Part of testing.hpp.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace scalehook::testing::detail {

inline constexpr std::int64_t most_replicas = std::numeric_limits<std::int32_t>::max();
inline constexpr std::chrono::milliseconds longest_retry_after = std::chrono::hours{24};
inline constexpr std::size_t longest_code = 64;
inline constexpr std::size_t longest_opaque = 4096;  // version, uid
inline constexpr std::size_t longest_explanation = 4096;

// Bytes of the character at the front of a text that is not empty; 0: not UTF-8 (RFC 3629).
inline std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool no_character = (first == 0xed && byte(1) >= 0xa0) || (first == 0xf4 && byte(1) > 0x8f);
  return overlong || no_character ? 0 : size;
}

// U+0000 to U+001F, U+007F to U+009F.
inline bool is_control(std::string_view one) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(one[i]); };
  return one.size() == 1 ? byte(0) < 0x20 || byte(0) == 0x7f
                         : one.size() == 2 && byte(0) == 0xc2 && byte(1) < 0xa0;
}

inline bool is_opaque(std::string_view text) {
  if (text.size() > longest_opaque) return false;
  while (!text.empty()) {
    const std::size_t size = character(text);
    if (size == 0 || is_control(text.substr(0, size))) return false;
    text.remove_prefix(size);
  }
  return true;
}

inline bool is_code(std::string_view text) {
  return text.size() <= longest_code && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

inline bool is_hold(std::string_view text) {
  return text.empty() || text == "in" || text == "out" || text == "all";
}

// For people: bytes that are no UTF-8 become U+FFFD, control characters blanks, the rest is cut.
inline std::string mended(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t size = character(text);
    const std::string_view front = text.substr(0, std::max<std::size_t>(size, 1));
    const std::string_view shown = size == 0 ? "\ufffd" : is_control(front) ? " " : front;
    if (result.size() + shown.size() > longest_explanation) return result + "…";
    result += shown;
    text.remove_prefix(front.size());
  }
  return result;
}

}  // namespace scalehook::testing::detail
