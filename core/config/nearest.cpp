#include "core/config/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace scalehook::config {
namespace {

constexpr std::size_t longest = 60;  // what is longer is no slip of the keyboard

}  // namespace

std::size_t slips(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  std::iota(d[0].begin(), d[0].end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

std::string nearest(std::string_view text, const std::vector<std::string>& words) {
  std::string best;
  if (text.size() > longest) return best;
  std::size_t least = 0;
  for (const std::string& word : words) {
    const std::size_t distance = slips(text, word);
    if (distance > std::max<std::size_t>(1, word.size() / 3)) continue;
    if (best.empty() || distance < least) {
      best = word;
      least = distance;
    }
  }
  return best;
}

}  // namespace scalehook::config
