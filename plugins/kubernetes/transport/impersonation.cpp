#include "plugins/kubernetes/transport/impersonation.hpp"

#include <fmt/format.h>

#include <string_view>

namespace scalehook::kubernetes {
namespace {

// RFC 9110, 5.6.2: a token; and no percent sign, which begins what is encoded.
std::string encode(std::string_view key) {
  constexpr std::string_view marks = "!#$&'*+-.^_`|~";
  std::string result;
  for (const char c : key) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       marks.find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

// libcurl leaves out a header without a value, unless a semicolon ends its name.
std::string line(const std::string& name, const std::string& value) {
  return value.empty() ? name + ";" : name + ": " + value;
}

}  // namespace

std::vector<std::string> header_lines(const Impersonation& impersonation) {
  std::vector<std::string> lines;
  if (impersonation.user.empty()) return lines;
  lines.push_back(line("Impersonate-User", impersonation.user));
  if (!impersonation.uid.empty()) lines.push_back(line("Impersonate-Uid", impersonation.uid));
  for (const std::string& group : impersonation.groups) {
    lines.push_back(line("Impersonate-Group", group));
  }
  for (const auto& [key, values] : impersonation.extra) {
    for (const std::string& value : values) {
      lines.push_back(line("Impersonate-Extra-" + encode(key), value));
    }
  }
  return lines;
}

}  // namespace scalehook::kubernetes
