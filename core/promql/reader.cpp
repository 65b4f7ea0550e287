#include "core/promql/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/promql/functions.hpp"
#include "core/promql/literal.hpp"

namespace scalehook::promql {
namespace {

using Kind = Token::Kind;

// What nobody writes, and would need a deep stack.
constexpr std::size_t longest = std::size_t{64} * 1024;
constexpr std::size_t deepest = 100;
constexpr std::size_t most_operators = 2000;

Level tighter(Level level) { return static_cast<Level>(static_cast<int>(level) + 1); }

bool is_any(const Token& token, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return token.is_word(word); });
}

// Words that no metric can have for its name.
bool is_reserved(const Token& token) {
  return is_any(token, {"on", "ignoring", "group_left", "group_right", "bool", "atan2"});
}

}  // namespace

Reader::Reader(std::string_view text, bool only_evaluated)
    : text_{text},
      only_evaluated_{only_evaluated},
      tokens_{tokens(text.size() > longest ? std::string_view{} : text)} {}

boost::system::result<Expression, std::string> Reader::read() {
  if (text_.size() > longest) return std::string{"an expression has 64 KiB at most"};
  for (const Token& one : tokens_) {
    if (!one.closed) {
      fail(one, "a string lacks its second quote");
      return fault_;
    }
  }
  if (token().kind == Kind::end) return std::string{"there is no expression"};
  Maybe result = expression(Level::disjunction);
  if (result && token().kind != Kind::end) result = unexpected("an operator or the end");
  if (result && only_evaluated_ && (*result)->type != Type::vector &&
      (*result)->type != Type::scalar) {
    return fmt::format("the expression is {}, which has no value at one time",
                       name_of((*result)->type));
  }
  if (!result) return fault_;
  return *std::move(result);
}

Reader::Maybe Reader::expression(Level loosest) {
  Maybe left = operand();
  while (left && level(token()) != Level::none && level(token()) >= loosest) {
    left = binary(*left);
  }
  return left;
}

Reader::Maybe Reader::binary(const Expression& left) {
  const Token place = token();
  const Level own = level(place);
  const auto op = operator_of(lower_case(place.text));
  if (++operators_ > most_operators) return fail(place, "there are more than 2000 operators");
  ++at_;
  Binary result{*op, take_word("bool"), {}, left, left};
  if (!matching(result)) return std::nullopt;
  // Only a power is right-associative.
  Maybe right = expression(own == Level::power ? own : tighter(own));
  if (!right) return std::nullopt;
  result.right = *std::move(right);
  if (auto fault = fault_of(result); !fault.empty()) return fail(place, std::move(fault));
  const Type type = type_of(result);
  if (type == Type::scalar || result.left->type != result.right->type) result.matching = {};
  return Expression{Node{std::move(result), type}};
}

bool Reader::matching(Binary& binary) {
  Matching& matching = binary.matching;
  matching.on = token().is_word("on");
  if (!matching.on && !token().is_word("ignoring")) return true;
  ++at_;
  if (!labels(matching.labels)) return false;
  const bool left = token().is_word("group_left");
  if (!left && !token().is_word("group_right")) return true;
  ++at_;
  matching.group = left ? Matching::Group::left : Matching::Group::right;
  return !token().is("(") || labels(matching.include);
}

bool Reader::labels(std::vector<std::string>& names) {
  if (!expect("(")) return false;
  while (!take(")")) {
    if (token().kind != Kind::name || !is_label_name(token().text)) {
      unexpected("a label's name");
      return false;
    }
    names.emplace_back(token().text);
    ++at_;
    if (!take(",") && !token().is(")")) {
      unexpected("',' or ')'");
      return false;
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return true;
}

Reader::Maybe Reader::operand() {
  if (!token().is("-") && !token().is("+")) return postfixed();
  const Token sign = token();
  if (++operators_ > most_operators) return fail(sign, "there are more than 2000 operators");
  ++at_;
  // -a ^ b is -(a ^ b), but -a * b is (-a) * b.
  const Maybe result = expression(Level::power);
  if (!result) return std::nullopt;
  const Type type = (*result)->type;
  if (type != Type::scalar && type != Type::vector) {
    return fail(sign, fmt::format("a sign stands before a number or an instant vector, not {}",
                                  name_of(type)));
  }
  const bool minus = sign.is("-");
  if (const auto* const number = (*result)->as<Number>()) {
    return Expression{Node{Number{minus ? -number->value : number->value}, type}};
  }
  return Expression{Node{Signed{minus, *result}, type}};
}

Reader::Maybe Reader::primary() {
  const Token& first = token();
  if (first.is("(")) return enclosed();
  if (is_number(first)) {
    const auto number = number_of(first.text);
    if (!number) return fail(first, fmt::format("'{}' is no number", first.text));
    ++at_;
    return Expression{Node{Number{*number}, Type::scalar}};
  }
  if (first.kind == Kind::text) {
    auto text = text_of_literal(first);
    if (!text) return fail(first, "a string has an escape that PromQL does not know");
    ++at_;
    return Expression{Node{Text{*std::move(text)}, Type::text}};
  }
  if (first.kind == Kind::name && !is_reserved(first)) {
    if (is_aggregation(lower_case(first.text)) &&
        (token(1).is("(") || is_any(token(1), {"by", "without"}))) {
      return aggregation();
    }
    if (token(1).is("(")) return call();
  } else if (!first.is("{")) {
    return unexpected("an expression");
  }
  auto result = selector();
  if (!result) return std::nullopt;
  return Expression{Node{*std::move(result), Type::vector}};
}

Reader::Maybe Reader::enclosed() {
  if (++depth_ > deepest) return fail(token(), "the parentheses are more than 100 deep");
  ++at_;
  Maybe result = expression(Level::disjunction);
  if (!result || !expect(")")) return std::nullopt;
  --depth_;
  return result;
}

Reader::Maybe Reader::aggregation() {
  const Token name = token();
  ++at_;
  bool without = false;
  std::vector<std::string> names;
  const auto grouping = [&] {
    if (!is_any(token(), {"by", "without"})) return true;
    without = token().is_word("without");
    ++at_;
    return labels(names);
  };
  const bool before = !token().is("(");
  if (!grouping()) return std::nullopt;
  if (!token().is("(")) return unexpected("'('");
  auto all = arguments();
  if (!all || (!before && !grouping())) return std::nullopt;
  if (all->empty() || all->size() > 2) {
    return fail(name, fmt::format("{}() takes an instant vector", name.text));
  }
  Aggregation result{lower_case(name.text), without, std::move(names), std::nullopt, all->back()};
  if (all->size() == 2) result.parameter = all->front();
  if (auto fault = fault_of(result); !fault.empty()) return fail(name, std::move(fault));
  return Expression{Node{std::move(result), Type::vector}};
}

Reader::Maybe Reader::call() {
  const Token name = token();
  const Signature* const signature = function(name.text);
  if (only_evaluated_ && signature == nullptr) {
    return fail(name, fmt::format("there is no function {}()", name.text));
  }
  if (signature != nullptr && !signature->evaluated &&
      !refuse(name, fmt::format("{}()", name.text))) {
    return std::nullopt;
  }
  ++at_;
  auto all = arguments();
  if (!all) return std::nullopt;
  Call result{std::string{name.text}, *std::move(all)};
  if (signature == nullptr) return Expression{Node{std::move(result), Type::vector}};
  if (auto fault = fault_of(result, *signature); !fault.empty()) {
    return fail(name, std::move(fault));
  }
  return Expression{Node{std::move(result), signature->result}};
}

std::optional<std::vector<Expression>> Reader::arguments() {
  if (++depth_ > deepest) return fail(token(), "the parentheses are more than 100 deep");
  ++at_;
  std::vector<Expression> result;
  if (!take(")")) {
    do {
      Maybe one = expression(Level::disjunction);
      if (!one) return std::nullopt;
      result.push_back(*std::move(one));
    } while (take(","));
    if (!expect(")")) return std::nullopt;
  }
  --depth_;
  return result;
}

const Token& Reader::token(std::size_t ahead) const {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

bool Reader::take(std::string_view sign) {
  if (!token().is(sign)) return false;
  ++at_;
  return true;
}

bool Reader::take_word(std::string_view lower_case) {
  if (!token().is_word(lower_case)) return false;
  ++at_;
  return true;
}

bool Reader::expect(std::string_view sign) {
  if (take(sign)) return true;
  unexpected(fmt::format("'{}'", sign));
  return false;
}

std::nullopt_t Reader::fail(const Token& place, std::string sentence) {
  const auto offset = static_cast<std::size_t>(place.text.data() - text_.data());
  fault_ = fmt::format("{} at character {}", std::move(sentence), offset + 1);
  return std::nullopt;
}

std::nullopt_t Reader::unexpected(std::string_view wanted) {
  if (token().kind == Kind::end) return fail(token(), fmt::format("{} is missing", wanted));
  return fail(token(), fmt::format("'{}' stands where {} is due,", token().text, wanted));
}

bool Reader::refuse(const Token& place, std::string_view what) {
  if (!only_evaluated_) return true;
  fail(place, fmt::format("simulate does not evaluate {}", what));
  return false;
}

}  // namespace scalehook::promql
