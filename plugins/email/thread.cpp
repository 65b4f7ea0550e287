#include "plugins/email/thread.hpp"

#include <cstdint>

namespace scalehook::email {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

// Letters, digits and '-' as they are, anything else in hexadecimal: always a dot-atom.
std::string atom(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    const auto value = static_cast<unsigned char>(c);
    if (plain) {
      result += c;
    } else {
      ((result += '_') += kDigits[value >> 4]) += kDigits[value & 15];
    }
  }
  return result;
}

// FNV-1a, 64 bits: ids are the daemon's own, nobody has reason to make two sets of them meet.
std::string digest(std::span<const Event> events) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto take = [&hash](char byte) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  };
  for (const auto& event : events) {
    for (const char byte : event.id) take(byte);
    take('\0');
  }
  std::string result;
  for (int shift = 60; shift >= 0; shift -= 4) result += kDigits[hash >> shift & 15];
  return result;
}

std::string enclosed(const std::string& left, const Sender& sender) {
  return '<' + left + '.' + atom(sender.instance) + '@' + std::string(sender.domain) + '>';
}

}  // namespace

std::string message_id(std::span<const Event> events, const Sender& sender) {
  auto left = atom(events.front().id);
  if (events.size() > 1) left += '.' + std::to_string(events.size()) + '.' + digest(events);
  return enclosed(left, sender);
}

std::string thread_headers(std::span<const Event> events, const Sender& sender) {
  std::string_view episode;
  for (const auto& event : events) {
    if (event.episode.empty() || event.episode == episode) continue;
    if (!episode.empty()) return {};
    episode = event.episode;
  }
  if (episode.empty()) return {};
  const auto root = enclosed("episode." + atom(episode), sender) + "\r\n";
  return "In-Reply-To: " + root + "References: " + root;
}

}  // namespace scalehook::email
