#include "plugins/log/journal_entry.hpp"

#include <algorithm>

#include "plugins/log/line.hpp"

namespace scalehook::log {
namespace {

// journald drops an entry of more than 1024 fields.
constexpr std::size_t kMostValues = 256;

void add(std::string& entry, std::string_view name, std::string_view value) {
  entry += name;
  if (value.find('\n') == std::string_view::npos) {
    (entry += '=') += value;
  } else {
    entry += '\n';  // the value's size follows, 64 bits, little-endian
    for (int shift = 0; shift < 64; shift += 8) {
      entry += static_cast<char>((value.size() >> shift) & 0xFF);
    }
    entry += value;
  }
  entry += '\n';
}

std::string field_name(std::string_view key) {
  std::string name = "SCALEHOOK_";
  for (const char c : key) name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return name;
}

}  // namespace

std::string journal_entry(const Event& event, std::string_view instance) {
  std::string entry;
  add(entry, "MESSAGE", line(Format::text, event));
  add(entry, "MESSAGE_ID", kMessageId);
  add(entry, "PRIORITY", std::to_string(severity(event)));
  add(entry, "SYSLOG_IDENTIFIER", "scalehook");
  add(entry, "SCALEHOOK_INSTANCE", instance);
  for (const auto& [key, values] : event.fields) {
    const auto count = std::min(values.size(), kMostValues);
    for (std::size_t i = 0; i < count; ++i) add(entry, field_name(key), values[i]);
  }
  add(entry, "SCALEHOOK_EVENT", event.json);
  return entry;
}

}  // namespace scalehook::log
