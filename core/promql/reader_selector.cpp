// Of the Reader what reads selectors, and what stands behind them.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <tuple>
#include <utility>

#include "core/promql/functions.hpp"
#include "core/promql/literal.hpp"
#include "core/promql/reader.hpp"

namespace scalehook::promql {
namespace {

using Kind = Token::Kind;

constexpr double infinite = std::numeric_limits<double>::infinity();

std::optional<Matcher::Kind> kind_of(const Token& token) {
  if (token.is("=")) return Matcher::Kind::equal;
  if (token.is("!=")) return Matcher::Kind::not_equal;
  if (token.is("=~")) return Matcher::Kind::match;
  if (token.is("!~")) return Matcher::Kind::no_match;
  return std::nullopt;
}

auto key(const Matcher& matcher) { return std::tie(matcher.label, matcher.kind, matcher.value); }

bool matches_nothing(const Matcher& matcher) {
  const bool same =
      matcher.expression ? RE2::FullMatch("", *matcher.expression) : matcher.value.empty();
  return same == (matcher.kind == Matcher::Kind::equal || matcher.kind == Matcher::Kind::match);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::optional<Selector> Reader::selector() {
  const Token first = token();
  const bool is_named = first.kind == Kind::name;
  Selector result;
  if (is_named) {
    result.matchers.push_back({"__name__", Matcher::Kind::equal, std::string{first.text}, {}});
    ++at_;
  }
  if (take("{")) {
    while (!take("}")) {
      if (!matcher(result, is_named)) return std::nullopt;
      if (!take(",") && !token().is("}")) return unexpected("',' or '}'");
    }
  }
  if (std::all_of(result.matchers.begin(), result.matchers.end(), matches_nothing)) {
    return fail(first, "a selector needs a metric's name or a matcher that demands a value,");
  }
  auto& all = result.matchers;
  std::sort(all.begin(), all.end(),
            [](const Matcher& a, const Matcher& b) { return key(a) < key(b); });
  all.erase(std::unique(all.begin(), all.end(),
                        [](const Matcher& a, const Matcher& b) { return key(a) == key(b); }),
            all.end());
  return result;
}

bool Reader::matcher(Selector& selector, bool is_named) {
  const Token label = token();
  if (label.kind != Kind::name || !is_label_name(label.text)) {
    unexpected("a label's name or '}'");
    return false;
  }
  if (is_named && label.text == "__name__") {
    fail(label, "the metric's name is given twice");
    return false;
  }
  ++at_;
  const auto kind = kind_of(token());
  if (!kind) {
    unexpected("one of = != =~ !~");
    return false;
  }
  ++at_;
  const Token value = token();
  if (value.kind != Kind::text) {
    unexpected("a string");
    return false;
  }
  auto text = text_of_literal(value);
  if (!text) {
    fail(value, "a string has an escape that PromQL does not know");
    return false;
  }
  ++at_;
  Matcher result{std::string{label.text}, *kind, *std::move(text), nullptr};
  if (*kind == Matcher::Kind::match || *kind == Matcher::Kind::no_match) {
    result.expression = std::make_shared<const RE2>(result.value, RE2::Quiet);
    if (!result.expression->ok()) {
      fail(value, fmt::format("a regular expression is wrong ({})", result.expression->error()));
      return false;
    }
  }
  selector.matchers.push_back(std::move(result));
  return true;
}

Reader::Maybe Reader::postfixed() {
  // Parentheses make of a selector what takes no range and no offset.
  bool takes_more = !token().is("(");
  Maybe result = primary();
  for (bool is_bare = true; result; is_bare = false) {
    if (token().is("[")) {
      result = ranged(*std::move(result), takes_more && is_bare);
      takes_more = true;
    } else if (token().is_word("offset") || token().is("@")) {
      result = moved(*std::move(result), takes_more);
    } else {
      break;
    }
  }
  return result;
}

Reader::Maybe Reader::moved(const Expression& operand, bool takes_more) {
  const Token place = token();
  Node node = *operand;
  auto* const selector = std::get_if<Selector>(&node.what);
  auto* const subquery = std::get_if<Subquery>(&node.what);
  if (!takes_more || (selector == nullptr && subquery == nullptr)) {
    return fail(place, fmt::format("no selector is before '{}'", place.text));
  }
  auto& back = selector ? selector->offset : subquery->offset;
  std::string& at = selector ? selector->at : subquery->at;
  const bool is_time = place.is("@");
  if (is_time ? !at.empty() : back.count() != 0) {
    return fail(place, fmt::format("a second '{}' stands", place.text));
  }
  if (is_time ? !time(at) : !offset(back)) return std::nullopt;
  return Expression{std::move(node)};
}

Reader::Maybe Reader::ranged(Expression operand, bool takes_range) {
  const Token open = token();
  std::string inside;
  for (++at_; !token().is("]"); ++at_) {
    if (token().kind == Kind::end || token().is("[")) return unexpected("']'");
    inside.append(inside.empty() ? "" : " ").append(token().text);
  }
  const Token close = token();
  ++at_;
  const std::size_t colon = inside.find(':');
  const auto range = duration(trimmed(std::string_view{inside}.substr(0, colon)), open);
  if (!range) return std::nullopt;
  if (colon == std::string::npos) {
    const auto* const selector = operand->as<Selector>();
    if (!takes_range || selector == nullptr) {
      return fail(open, "a range belongs right behind an instant selector, and not");
    }
    Selector result = *selector;
    result.range = *range;
    return Expression{Node{std::move(result), Type::range}};
  }
  const std::string_view step = trimmed(std::string_view{inside}.substr(colon + 1));
  Subquery result{std::move(operand), *range, {}, {}, {}};
  if (!step.empty()) {
    const auto read = duration(step, open);
    if (!read) return std::nullopt;
    result.step = *read;
  }
  if (result.operand->type != Type::vector) {
    return fail(open, fmt::format("a subquery is made of an instant vector, not of {},",
                                  name_of(result.operand->type)));
  }
  const std::string_view whole{open.text.data(),
                               static_cast<std::size_t>(close.text.data() + 1 - open.text.data())};
  if (!refuse(open, fmt::format("subqueries: {}", whole))) return std::nullopt;
  return Expression{Node{std::move(result), Type::range}};
}

bool Reader::offset(std::chrono::milliseconds& offset) {
  ++at_;
  const bool back = !take("-");
  const Token place = token();
  const auto read = duration(place.text, place);
  if (!read) return false;
  ++at_;
  offset = back ? *read : -*read;
  return true;
}

bool Reader::time(std::string& at) {
  const Token place = token();
  ++at_;
  const std::size_t begin = at_;
  if (token().is("-") || token().is("+")) ++at_;
  if (is_number(token()) && std::isfinite(number_of(token().text).value_or(infinite))) {
    ++at_;
  } else if (at_ == begin && (token().text == "start" || token().text == "end") &&
             token(1).is("(") && token(2).is(")")) {
    at_ += 3;
  } else {
    unexpected("a time");
    return false;
  }
  at = text_of(Tokens{tokens_}.subspan(begin, at_ - begin));
  return refuse(place, fmt::format("'@ {}'", at));
}

std::optional<std::chrono::milliseconds> Reader::duration(std::string_view text,
                                                          const Token& place) {
  const auto result = duration_of(text);
  if (!result) return fail(place, fmt::format("'{}' is no duration like 5m or 1h30m,", text));
  if (result->count() == 0) return fail(place, "a duration of nothing stands");
  return result;
}

}  // namespace scalehook::promql
