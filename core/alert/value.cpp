#include "core/alert/value.hpp"

#include <charconv>
#include <cmath>

namespace scalehook::alert {

std::optional<double> parse_value(std::string_view text) {
  // from_chars refuses the plus sign that Go writes before Inf and users write before anything.
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with('+') || text.starts_with('-')) {
    if (text != "-0") return std::nullopt;
    return 0.0;
  }
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

const std::string* value_text(const Alert& alert) {
  const auto find = [](const Labels& labels) -> const std::string* {
    const auto found = labels.find("value");
    return found == labels.end() || found->second.empty() ? nullptr : &found->second;
  };
  const auto* annotation = find(alert.annotations);
  return annotation != nullptr ? annotation : find(alert.labels);
}

}  // namespace scalehook::alert
