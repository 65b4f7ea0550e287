#include "core/rules/template.hpp"

#include <algorithm>

namespace scalehook::rules {
namespace {

// https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels
bool is_label_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && !digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c); });
}

const std::string* find(const alert::Alert& alert, std::string_view name) {
  for (const auto* labels : {&alert.labels, &alert.annotations}) {
    const auto found = labels->find(name);
    if (found != labels->end() && !found->second.empty()) return &found->second;
  }
  return nullptr;
}

// Calls literal(text) and placeholder(name) in the text's order until one returns false. One
// sentence if the text is no template.
template <typename Literal, typename Placeholder>
std::optional<std::string> walk(std::string_view text, Literal literal, Placeholder placeholder) {
  while (!text.empty()) {
    const auto dollar = text.find('$');
    if (!literal(text.substr(0, dollar))) return std::nullopt;
    if (dollar == std::string_view::npos) return std::nullopt;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      if (!literal(text.substr(0, 1))) return std::nullopt;
      text.remove_prefix(1);
      continue;
    }
    if (!text.starts_with('{')) return "a \"$\" must be written \"$$\", or begin a \"${label}\"";
    const auto end = text.find('}');
    if (end == std::string_view::npos) return "a \"${\" is not closed by \"}\"";
    const auto name = text.substr(1, end - 1);
    if (!is_label_name(name)) return "\"${" + std::string{name} + "}\" does not name a label";
    if (!placeholder(name)) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> check_template(std::string_view text) {
  const auto go_on = [](std::string_view) { return true; };
  return walk(text, go_on, go_on);
}

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> names;
  walk(
      text, [](std::string_view) { return true; },
      [&](std::string_view name) {
        names.emplace_back(name);
        return true;
      });
  return names;
}

boost::system::result<std::string, std::string> expand(std::string_view text,
                                                       const alert::Alert& alert) {
  using Result = boost::system::result<std::string, std::string>;
  std::string expanded;
  std::optional<std::string> missing;
  walk(
      text,
      [&](std::string_view literal) {
        expanded += literal;
        return true;
      },
      [&](std::string_view name) {
        const auto* value = find(alert, name);
        if (value == nullptr) {
          missing = std::string{name};
          return false;
        }
        expanded += *value;
        return true;
      });
  if (missing) return Result{boost::system::in_place_error, *missing};
  return Result{boost::system::in_place_value, std::move(expanded)};
}

}  // namespace scalehook::rules
