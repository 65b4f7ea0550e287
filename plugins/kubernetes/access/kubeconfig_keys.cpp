#include "plugins/kubernetes/access/kubeconfig_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "plugins/kubernetes/access/one_line.hpp"

namespace scalehook::kubernetes {
namespace {

char folded(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '_' ? '-' : c;
}

// How many characters are to be put in, left out or replaced (Levenshtein), without regard to case.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < from.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < to.size(); ++j) {
      const std::size_t replaced = diagonal + (folded(from[i]) == folded(to[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string nearest(std::string_view key, std::initializer_list<std::string_view> known) {
  const auto best =
      std::ranges::min_element(known, {}, [&](auto each) { return distance(key, each); });
  if (distance(key, *best) > std::max<std::size_t>(1, best->size() / 3)) return "";
  return fmt::format("; is `{}` meant?", *best);
}

}  // namespace

void warn_of_keys(const Node& mapping, std::initializer_list<std::string_view> known,
                  std::vector<std::string>& warnings) {
  if (!mapping.present() || !mapping.yaml.IsMap()) return;
  std::set<std::string> seen;
  for (const auto& pair : mapping.yaml) {
    if (!pair.first.IsScalar()) continue;
    const std::string& key = pair.first.Scalar();
    const std::string place = Node{pair.first, mapping.file}.place();
    if (std::ranges::find(known, key) == known.end()) {
      // Cut, for what stands here by mistake may be a secret.
      warnings.push_back(fmt::format("{}: the key `{}` is unknown and not heeded, as by kubectl{}",
                                     place, one_line(key, 40), nearest(key, known)));
    } else if (!seen.insert(key).second) {
      warnings.push_back(fmt::format(
          "{}: `{}` stands here again; the last one counts, as for kubectl", place, key));
    }
  }
}

}  // namespace scalehook::kubernetes
