#include "plugins/kubernetes/pause.hpp"

#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <charconv>

#include "plugins/kubernetes/access/one_line.hpp"
#include "plugins/kubernetes/transport/rfc3339.hpp"

namespace scalehook::kubernetes {
namespace {

constexpr const char* paused_key = "scalehook.io/paused";
constexpr const char* until_key = "scalehook.io/paused-until";

std::string text_of(const boost::json::object& annotations, const char* key) {
  const boost::json::value* value = annotations.if_contains(key);
  return value && value->is_string() ? std::string{value->get_string()} : std::string{};
}

}  // namespace

Pause find_pause(const boost::json::object& annotations,
                 std::chrono::system_clock::time_point now) {
  const std::string paused = text_of(annotations, paused_key);
  const std::string until = text_of(annotations, until_key);
  if (paused == "false" || (paused.empty() && until.empty())) return {};

  Pause pause{hold::all,
              fmt::format("paused by the annotation {}", paused.empty() ? until_key : paused_key)};
  if (paused == "in" || paused == "out") {
    pause.hold = paused == "in" ? hold::in : hold::out;
    pause.explanation += fmt::format(" (scaling {} only)", paused);
  } else if (!paused.empty() && paused != "true") {
    pause.explanation +=
        fmt::format(", whose value \"{}\" is none of \"true\", \"in\", \"out\" and \"false\"",
                    one_line(paused, 60));
  }
  if (!until.empty()) {
    const auto end = parse_rfc3339(until);
    if (end && *end <= std::chrono::floor<std::chrono::seconds>(now)) return {};
    pause.explanation += fmt::format(" until {}", one_line(until, 60));
    if (!end) pause.explanation += ", which is not an RFC 3339 time";
  }
  return pause;
}

}  // namespace scalehook::kubernetes
