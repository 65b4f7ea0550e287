#include "core/upstream/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <span>
#include <utility>
#include <vector>

#include "core/upstream/tokens.hpp"

namespace scalehook::upstream {
namespace {

using Kind = Token::Kind;
using Tokens = std::span<const Token>;

// How tightly a binary operator binds.
enum class Level { none, disjunction, conjunction, comparison, arithmetic };

Level level(const Token& token) {
  if (is_keyword(token, "or")) return Level::disjunction;
  if (is_keyword(token, "and") || is_keyword(token, "unless")) return Level::conjunction;
  if (is_keyword(token, "atan2")) return Level::arithmetic;
  if (token.kind != Kind::operation || token.text == "," || token.text == "@") return Level::none;
  const bool compares = token.text == "==" || token.text == "!=" || token.text == "<" ||
                        token.text == ">" || token.text == "<=" || token.text == ">=";
  return compares ? Level::comparison : Level::arithmetic;
}

struct Operator {
  Level level;
  std::size_t index;  // among the tokens
};

// The binary operators. Where an operand is due, "or" is a metric and "-" a sign.
std::vector<Operator> operators(Tokens tokens) {
  std::vector<Operator> result;
  bool operand_due = true;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const Level found = operand_due ? Level::none : level(token);
    if (found != Level::none) {
      result.push_back({found, i});
      operand_due = true;
    } else if (token.kind == Kind::operation) {
      operand_due = true;  // a sign, or '@', which a time follows
    } else if (!operand_due) {
      operand_due = is_keyword(token, "offset");
    } else {
      operand_due = is_keyword(token, "bool");
    }
  }
  return result;
}

// Whether it is one number for all series: a literal, scalar(), time(), pi(), and what is
// calculated of these.
bool is_scalar(Tokens all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Token& token = all[i];
    if (token.kind == Kind::operation || is_keyword(token, "bool") || is_keyword(token, "atan2"))
      continue;
    if (is_parenthesis(token)) {
      const auto within = tokens(inside(token));
      if (!within || !is_scalar(*within)) return false;
      continue;
    }
    if (token.kind != Kind::word) return false;
    if (is_number(token)) continue;
    const bool gives_scalar = token.text == "scalar" || token.text == "time" || token.text == "pi";
    if (!gives_scalar || i + 1 == all.size() || !is_parenthesis(all[i + 1])) return false;
    ++i;
  }
  return true;
}

// What a comparison's matching leaves of its left side's labels, as an aggregation of the left
// side: "on (job)" gives "max by (job)", for there is but one series of each job, else Prometheus
// refuses. Empty: all of them.
std::string aggregation(Tokens right) {
  const std::size_t at = !right.empty() && is_keyword(right[0], "bool") ? 1 : 0;
  if (right.size() < at + 2 || !is_parenthesis(right[at + 1])) return {};
  const bool grouped = right.size() > at + 2 && (is_keyword(right[at + 2], "group_left") ||
                                                 is_keyword(right[at + 2], "group_right"));
  const bool by = is_keyword(right[at], "on");
  if (grouped || (!by && !is_keyword(right[at], "ignoring"))) return {};
  return fmt::format("max {} {}", by ? "by" : "without", right[at + 1].text);
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
    if (begin < all.size() && is_keyword(all[begin], "bool")) ++begin;
  }
  if (result.operand.empty()) result.operand = all.subspan(begin);
  return result;
}

}  // namespace

std::optional<std::string> from_generator_url(std::string_view url) {
  const auto parsed = boost::urls::parse_uri_reference(url);
  if (!parsed) return std::nullopt;
  boost::urls::encoding_opts form;
  form.space_as_plus = true;
  for (const auto& param : parsed->params(form)) {
    if (param.key == "g0.expr" && !param.value.empty()) return std::string{param.value};
  }
  return std::nullopt;
}

std::optional<std::string> without_comparison(std::string_view expression) {
  std::vector<std::string> aggregations;  // the outermost first
  for (;;) {
    const auto found = tokens(expression);
    if (!found || found->empty()) return std::nullopt;
    const Tokens all{*found};
    if (all.size() == 1 && is_parenthesis(all[0])) {
      expression = inside(all[0]);
      continue;
    }
    auto binary = operators(all);
    const auto has = [&](Level wanted) {
      return std::find_if(binary.begin(), binary.end(),
                          [&](const Operator& one) { return one.level == wanted; });
    };
    if (has(Level::disjunction) != binary.end()) return std::nullopt;
    if (const auto first = has(Level::conjunction); first != binary.end()) {
      if (first->index == 0) return std::nullopt;
      expression = text_of(all.first(first->index));
      continue;
    }
    std::erase_if(binary, [](const Operator& one) { return one.level != Level::comparison; });
    if (binary.empty()) {
      std::string result{text_of(all)};
      for (; !aggregations.empty(); aggregations.pop_back()) {
        result = fmt::format("{} ({})", aggregations.back(), result);
      }
      return result;
    }
    const Compared side = compared(all, binary);
    if (side.operand.empty()) return std::nullopt;
    aggregations.insert(aggregations.end(), side.aggregations.rbegin(), side.aggregations.rend());
    expression = text_of(side.operand);
  }
}

}  // namespace scalehook::upstream
