#include "core/promql/age.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "core/promql/tokens.hpp"

namespace scalehook::promql {
namespace {

using Kind = Token::Kind;

bool is_any(const Token& token, std::initializer_list<std::string_view> keywords) {
  return std::any_of(keywords.begin(), keywords.end(),
                     [&](std::string_view keyword) { return token.is_word(keyword); });
}

// Whether it names a metric, if no call's parenthesis and no `by` follows.
bool is_metric(const Token& token) {
  return (token.kind == Kind::name || token.kind == Kind::unknown) && !is_number(token) &&
         !is_any(token, {"and", "or", "unless", "atan2", "bool", "offset"});
}

// Each selector once, without its range, offset and time.
std::vector<std::string_view> selectors(Tokens all) {
  std::vector<std::string_view> result;
  const auto opens = [&](std::size_t at, std::string_view bracket) {
    return at < all.size() && all[at].is(bracket);
  };
  const auto is_aggregator = [&](std::size_t at) {
    return at + 1 < all.size() && is_any(all[at + 1], {"by", "without"});
  };
  const auto add = [&](Tokens selector) {
    const std::string_view text = text_of(selector);
    if (std::find(result.begin(), result.end(), text) == result.end()) result.push_back(text);
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool call = opens(i + 1, "(");
    if (is_any(all[i], {"by", "without", "on", "ignoring", "group_left", "group_right"})) {
      if (call) i = end_of_group(all, i + 1);
    } else if (all[i].is("@")) {
      // A number, or start() or end().
      if (opens(i + 2, "(")) i = end_of_group(all, i + 2);
    } else if (all[i].is("[")) {
      i = end_of_group(all, i);
    } else if (all[i].is("{") || (is_metric(all[i]) && !call && !is_aggregator(i))) {
      const std::size_t begin = i;
      i = end_of_group(all, opens(i + 1, "{") ? i + 1 : i);
      add(all.subspan(begin, i - begin + 1));
    }
  }
  return result;
}

}  // namespace

std::optional<std::string> age_of(std::string_view expression) {
  const auto all = closed_tokens(expression);
  if (!all) return std::nullopt;
  const auto found = selectors(*all);
  if (found.empty()) return std::nullopt;
  const std::string_view whole = text_of(*all);
  if (whole == found.front()) return fmt::format("time() - timestamp({})", whole);
  // Adding 0 makes it the time of the evaluation, later than all others, also with an offset.
  std::string result = fmt::format("timestamp(({}) + 0)", whole);
  for (const std::string_view selector : found) {
    result = fmt::format("clamp_max({}, scalar(min(timestamp({}))))", result, selector);
  }
  return "time() - " + result;
}

}  // namespace scalehook::promql
