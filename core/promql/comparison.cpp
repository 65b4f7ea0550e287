#include "core/promql/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/promql/tokens.hpp"

namespace scalehook::promql {
namespace {

using Kind = Token::Kind;

struct Operator {
  Level level;
  std::size_t index;  // among the tokens
};

// The binary operators outside of brackets that bind no tighter than a comparison.
std::vector<Operator> operators(Tokens tokens) {
  std::vector<Operator> result;
  bool operand_due = true;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const Level found = operand_due ? Level::none : level(token);
    if (found != Level::none && found <= Level::comparison) result.push_back({found, i});
    const std::size_t end = end_of_group(tokens, i);
    // Also after a sign, and after '@', which a time follows.
    operand_due = end == i && (found != Level::none || token.kind == Kind::sign ||
                               token.is_word(operand_due ? "bool" : "offset"));
    i = end;
  }
  return result;
}

// Without the parentheses around all of it.
Tokens bare(Tokens all) {
  while (!all.empty() && all[0].is("(") && end_of_group(all, 0) + 1 == all.size()) {
    all = all.subspan(1, all.size() - 2);
  }
  return all;
}

// Whether it is one number for all series: a literal, scalar(), time(), pi(), and what is
// calculated of these.
bool is_scalar(Tokens all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Token& token = all[i];
    if (token.is("{") || token.is("[")) return false;
    if (token.kind == Kind::sign || token.is_word("bool") || token.is_word("atan2") ||
        is_number(token)) {
      continue;
    }
    const bool gives_scalar = token.text == "scalar" || token.text == "time" || token.text == "pi";
    if (!gives_scalar || i + 1 == all.size() || !all[i + 1].is("(")) return false;
    i = end_of_group(all, i + 1);
  }
  return true;
}

// What a comparison's matching leaves of its left side's labels, as an aggregation of the left
// side: "on (job)" gives "max by (job)", for there is but one series of each job, else Prometheus
// refuses. Empty: all of them.
std::string aggregation(Tokens right) {
  if (!right.empty() && right[0].is_word("bool")) right = right.subspan(1);
  if (right.size() < 2 || !right[1].is("(")) return {};
  const std::size_t end = end_of_group(right, 1);
  const bool grouped = end + 1 < right.size() && (right[end + 1].is_word("group_left") ||
                                                  right[end + 1].is_word("group_right"));
  const bool by = right[0].is_word("on");
  if (grouped || (!by && !right[0].is_word("ignoring"))) return {};
  return fmt::format("max {} {}", by ? "by" : "without", text_of(right.subspan(1, end)));
}

// The side of a comparison that carries the value, and the aggregations that leave it only the
// labels of the comparison's result, the outermost last.
struct Compared {
  Tokens operand;
  std::vector<std::string> aggregations;
};

// Of "a > b > c" it is the first operand that is no scalar.
Compared compared(Tokens all, const std::vector<Operator>& comparisons) {
  Compared result;
  std::size_t begin = 0;
  for (const Operator& comparison : comparisons) {
    const Tokens right = all.subspan(comparison.index + 1);
    if (result.operand.empty()) {
      const Tokens left = all.subspan(begin, comparison.index - begin);
      if (!left.empty() && !is_scalar(left)) result.operand = left;
    }
    if (!result.operand.empty()) {
      std::string around = aggregation(right);
      if (!around.empty()) result.aggregations.push_back(std::move(around));
    }
    begin = comparison.index + 1;
    if (begin < all.size() && all[begin].is_word("bool")) ++begin;
  }
  if (result.operand.empty()) result.operand = all.subspan(begin);
  return result;
}

// The number as it is written, with its sign; empty if it is none.
std::string number(Tokens side) {
  side = bare(side);
  const bool has_sign = !side.empty() && (side[0].is("-") || side[0].is("+"));
  if (side.size() != (has_sign ? 2 : 1) || !is_number(side.back())) return {};
  return std::string{has_sign ? side[0].text : ""}.append(side.back().text);
}

// "30 < x" means "x > 30".
std::string flipped(std::string_view comparison) {
  std::string result{comparison};
  if (result[0] == '<' || result[0] == '>') result[0] = result[0] == '<' ? '>' : '<';
  return result;
}

}  // namespace

std::optional<std::string> without_comparison(std::string_view expression) {
  const auto found = closed_tokens(expression);
  if (!found) return std::nullopt;
  std::vector<std::string> aggregations;  // the outermost first
  for (Tokens all = bare(*found); !all.empty(); all = bare(all)) {
    const auto binary = operators(all);
    const auto first = [&](Level wanted) {
      return std::find_if(binary.begin(), binary.end(),
                          [&](const Operator& one) { return one.level == wanted; });
    };
    if (first(Level::disjunction) != binary.end()) return std::nullopt;
    if (const auto conjunction = first(Level::conjunction); conjunction != binary.end()) {
      all = all.first(conjunction->index);
      continue;
    }
    if (binary.empty()) {
      std::string result{text_of(all)};
      for (; !aggregations.empty(); aggregations.pop_back()) {
        result = fmt::format("{} ({})", aggregations.back(), result);
      }
      return result;
    }
    const Compared side = compared(all, binary);
    aggregations.insert(aggregations.end(), side.aggregations.rbegin(), side.aggregations.rend());
    all = side.operand;
  }
  return std::nullopt;
}

std::optional<std::string> threshold_of(std::string_view expression) {
  const auto found = closed_tokens(expression);
  if (!found) return std::nullopt;
  const Tokens all = bare(*found);
  const auto binary = operators(all);
  if (binary.size() != 1 || binary[0].level != Level::comparison) return std::nullopt;
  const std::string_view comparison = all[binary[0].index].text;
  const Tokens right = all.subspan(binary[0].index + 1);
  const std::string after = number(right);
  const std::string before = number(all.first(binary[0].index));
  // One side is a number, and the other is not.
  if (after.empty() == before.empty() || right.empty() || right[0].is_word("bool")) {
    return std::nullopt;
  }
  return after.empty() ? flipped(comparison) + " " + before : std::string{comparison} + " " + after;
}

}  // namespace scalehook::promql
