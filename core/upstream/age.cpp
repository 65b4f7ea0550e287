#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "core/upstream/expression.hpp"
#include "core/upstream/tokens.hpp"

namespace scalehook::upstream {
namespace {

using Kind = Token::Kind;
using Tokens = std::span<const Token>;

bool is_any(const Token& token, std::initializer_list<std::string_view> keywords) {
  return std::any_of(keywords.begin(), keywords.end(),
                     [&](std::string_view keyword) { return is_keyword(token, keyword); });
}

bool is_matchers(const Token& token) {
  return token.kind == Kind::group && token.text.front() == '{';
}

// Adds each selector once, without its range, offset and time. False if brackets do not close.
bool add_selectors(std::string_view expression, std::vector<std::string_view>& selectors) {
  const auto found = tokens(expression);
  if (!found) return false;
  const Tokens all{*found};
  const auto add = [&](Tokens selector) {
    const std::string_view text = text_of(selector);
    if (std::find(selectors.begin(), selectors.end(), text) == selectors.end()) {
      selectors.push_back(text);
    }
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Token& token = all[i];
    const Token* const next = i + 1 < all.size() ? &all[i + 1] : nullptr;
    const bool call = next != nullptr && is_parenthesis(*next);
    if (is_any(token, {"by", "without", "on", "ignoring", "group_left", "group_right"})) {
      if (call) ++i;
    } else if (token.kind == Kind::operation && token.text == "@") {
      // A number, or start() or end().
      if (i + 2 < all.size() && is_parenthesis(all[i + 2])) i += 2;
    } else if (is_parenthesis(token)) {
      if (!add_selectors(inside(token), selectors)) return false;
    } else if (is_matchers(token)) {
      add(all.subspan(i, 1));
    } else if (token.kind == Kind::word && !call && !is_number(token) &&
               !is_any(token, {"and", "or", "unless", "atan2", "bool", "offset"}) &&
               !(next != nullptr && is_any(*next, {"by", "without"}))) {
      const bool matchers = next != nullptr && is_matchers(*next);
      add(all.subspan(i, matchers ? 2 : 1));
      if (matchers) ++i;
    }
  }
  return true;
}

}  // namespace

std::optional<std::string> age_of(std::string_view expression) {
  std::vector<std::string_view> selectors;
  if (!add_selectors(expression, selectors) || selectors.empty()) return std::nullopt;
  const auto all = tokens(expression);
  const std::string_view whole = text_of(*all);
  if (whole == selectors.front()) return fmt::format("time() - timestamp({})", whole);
  // Adding 0 makes it the time of the evaluation, later than all others, also with an offset.
  std::string result = fmt::format("timestamp(({}) + 0)", whole);
  for (const std::string_view selector : selectors) {
    result = fmt::format("clamp_max({}, scalar(min(timestamp({}))))", result, selector);
  }
  return "time() - " + result;
}

}  // namespace scalehook::upstream
