#include "core/promql/relabel.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace scalehook::promql {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_of_name(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

// What follows a dollar: a name, perhaps within braces. Takes it off; empty if there is none.
std::string_view take_name(std::string_view& text) {
  const bool braced = text.starts_with('{');
  const std::string_view rest = text.substr(braced ? 1 : 0);
  const auto length = static_cast<std::size_t>(
      std::find_if_not(rest.begin(), rest.end(), is_of_name) - rest.begin());
  if (length == 0 || (braced && rest.substr(length, 1) != "}")) return {};
  text = rest.substr(length + (braced ? 1 : 0));
  return rest.substr(0, length);
}

std::string_view group(const re2::RE2& expression, std::string_view name,
                       const std::vector<re2::StringPiece>& groups) {
  std::size_t index = groups.size();
  if (name.find_first_not_of("0123456789") == npos) {
    std::from_chars(name.data(), name.data() + name.size(), index);
  } else {
    const auto& names = expression.NamedCapturingGroups();
    const auto found = names.find(std::string{name});
    if (found != names.end()) index = static_cast<std::size_t>(found->second);
  }
  if (index >= groups.size()) return {};
  return {groups[index].data(), groups[index].size()};
}

// As Go's regexp expands a template.
std::string expanded(std::string_view text, const re2::RE2& expression,
                     const std::vector<re2::StringPiece>& groups) {
  std::string result;
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    result += text.substr(0, dollar);
    if (dollar == npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      result += '$';
      text.remove_prefix(1);
      continue;
    }
    const std::string_view name = take_name(text);
    if (name.empty()) {
      result += '$';
    } else {
      result += group(expression, name, groups);
    }
  }
  return result;
}

Point relabelled(const Point& point, const std::string& target, std::string value,
                 Evaluation& evaluation) {
  Labels labels = point.set->labels;
  labels[target] = std::move(value);
  return {&evaluation.sets.add(std::move(labels)), point.value};
}

}  // namespace

Vector replace_label(const Replacement& replacement, const Vector& vector, Evaluation& evaluation) {
  const re2::RE2& expression = *replacement.expression;
  std::vector<re2::StringPiece> groups(
      static_cast<std::size_t>(expression.NumberOfCapturingGroups()) + 1);
  Vector result;
  for (const Point& point : vector) {
    const std::string_view value = value_of(point.set->labels, replacement.source);
    const re2::StringPiece text{value.data(), value.size()};
    const bool matches = expression.Match(text, 0, text.size(), re2::RE2::ANCHOR_BOTH,
                                          groups.data(), static_cast<int>(groups.size()));
    result.push_back(matches ? relabelled(point, replacement.target,
                                          expanded(replacement.replacement, expression, groups),
                                          evaluation)
                             : point);
  }
  evaluation.check(result);
  return result;
}

Vector join_labels(const Joining& joining, const Vector& vector, Evaluation& evaluation) {
  Vector result;
  for (const Point& point : vector) {
    std::string joined;
    for (std::size_t i = 0; i < joining.sources.size(); ++i) {
      if (i > 0) joined += joining.separator;
      joined += value_of(point.set->labels, joining.sources[i]);
    }
    result.push_back(relabelled(point, joining.target, std::move(joined), evaluation));
  }
  evaluation.check(result);
  return result;
}

}  // namespace scalehook::promql
