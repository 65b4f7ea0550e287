#include "core/lint/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

namespace scalehook::lint {
namespace {

const char* to_text(Severity severity) { return severity == Severity::error ? "error" : "warning"; }

}  // namespace

std::string to_text(const std::string& file, const Finding& finding) {
  std::string_view remedy = finding.remedy;
  const std::string_view first = remedy.substr(0, remedy.find('\n'));
  remedy.remove_prefix(std::min(remedy.size(), first.size() + 1));
  std::string text =
      fmt::format("{}:{}:{}: {}: {}. {} [{}]\n", file, finding.place.line, finding.place.column,
                  to_text(finding.severity), finding.message, first, finding.code);
  while (!remedy.empty()) {
    const std::string_view line = remedy.substr(0, remedy.find('\n'));
    remedy.remove_prefix(std::min(remedy.size(), line.size() + 1));
    text += fmt::format("    {}\n", line);
  }
  return text;
}

boost::json::object to_json(const std::string& file, const Finding& finding) {
  return {{"file", file},
          {"line", finding.place.line},
          {"column", finding.place.column},
          {"severity", to_text(finding.severity)},
          {"code", finding.code},
          {"message", finding.message},
          {"remedy", finding.remedy}};
}

}  // namespace scalehook::lint
