#include "core/explain/name.hpp"

#include <algorithm>
#include <iterator>

namespace scalehook::explain {
namespace {

std::vector<std::string_view> parts(std::string_view name) {
  std::vector<std::string_view> parts;
  while (!name.empty()) {
    const auto end = std::min(name.find_first_of(" /"), name.size());
    if (end > 0) parts.push_back(name.substr(0, end));
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return parts;
}

bool holds(const std::string& target, std::string_view name) {
  const auto all = parts(target);
  const auto some = parts(name);
  if (some.empty() || all.empty() || all.back() != some.back()) return false;
  auto place = all.begin();
  return std::all_of(some.begin(), some.end(), [&](std::string_view part) {
    place = std::find(place, all.end(), part);
    return place != all.end() && (++place, true);
  });
}

}  // namespace

std::vector<std::string> meant(const std::vector<std::string>& targets, std::string_view name) {
  std::vector<std::string> found;
  const auto find = [&](auto fits) {
    if (found.empty())
      std::copy_if(targets.begin(), targets.end(), std::back_inserter(found), fits);
  };
  find([&](const std::string& target) { return target == name; });
  find([&](const std::string& target) { return holds(target, name); });
  find([&](const std::string& target) { return target.find(name) != std::string::npos; });
  return found;
}

std::string last_part(std::string_view name) {
  const auto all = parts(name);
  return all.empty() ? std::string() : std::string(all.back());
}

std::string list(const std::vector<std::string>& targets, std::size_t most) {
  std::string text;
  for (std::size_t index = 0; index < std::min(most, targets.size()); ++index) {
    text += "  " + targets[index] + "\n";
  }
  if (targets.size() > most) {
    text += "  and " + std::to_string(targets.size() - most) + " more\n";
  }
  return text;
}

}  // namespace scalehook::explain
