#include "plugins/log/line.hpp"

#include <algorithm>

#include "plugins/log/text.hpp"

namespace scalehook::log {
namespace {

std::string quoted(std::string_view value) {
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  });
  if (plain && !value.empty()) return std::string(value);
  std::string result;
  for (const char c : value) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return '"' + escaped(result) + '"';
}

std::string logfmt(const Event& event) {
  std::string result;
  for (const auto& [key, values] : event.fields) {
    if (!result.empty()) result += ' ';
    ((result += key) += '=') += quoted(joined(values));
  }
  return result;
}

std::string sentence(const Event& event) {
  const auto target = event["target"];
  const auto from = event["from"];
  const auto to = event["to"];
  const auto reason = event["reason"];
  const auto explanation = event["explanation"];
  std::string result = target.empty() ? "no target" : target;
  if (!from.empty()) result += ": " + from + (to.empty() || to == from ? "" : " -> " + to);
  if (!reason.empty()) result += " (" + reason + ')';
  if (!explanation.empty()) result += ": " + explanation;
  return escaped(result);
}

}  // namespace

std::string line(Format format, const Event& event) {
  if (format == Format::json) return escaped(event.json);
  return format == Format::logfmt ? logfmt(event) : sentence(event);
}

}  // namespace scalehook::log
