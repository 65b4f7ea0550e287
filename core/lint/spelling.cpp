#include "core/lint/spelling.hpp"

#include <algorithm>

#include "core/config/nearest.hpp"
#include "core/promql/tokens.hpp"

namespace scalehook::lint {
namespace {

constexpr std::size_t longest = 60;

std::string digits(std::string_view text) {
  std::string digits;
  std::copy_if(text.begin(), text.end(), std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  return digits;
}

std::size_t allowed_slips(std::size_t length) {
  if (length < 3) return 0;
  return length < 8 ? 1 : 2;
}

}  // namespace

std::string misspelt(std::string_view text, const std::set<std::string>& words) {
  if (text.size() > longest || words.contains(std::string{text})) return {};
  const std::string lower = promql::lower_case(text);
  std::string best;
  std::size_t least = 0;
  for (const std::string& word : words) {
    if (word.size() > longest || digits(word) != digits(text)) continue;
    const std::size_t slips = config::slips(lower, promql::lower_case(word));
    if (slips > allowed_slips(word.size()) || (!best.empty() && slips >= least)) continue;
    best = word;
    least = slips;
  }
  return best;
}

}  // namespace scalehook::lint
