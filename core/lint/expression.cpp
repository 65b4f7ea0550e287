#include "core/lint/expression.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "core/promql/tokens.hpp"
#include "core/rules/matcher.hpp"

namespace scalehook::lint {
namespace {

using promql::Level;
using promql::lower_case;
using promql::Token;
using promql::unquoted;
using Kind = Token::Kind;
using Names = std::vector<std::string>;

constexpr int deepest = 100;

const std::set<std::string, std::less<>> aggregators = {
    "avg", "bottomk", "count",    "count_values", "group",  "limit_ratio", "limitk",
    "max", "min",     "quantile", "stddev",       "stdvar", "sum",         "topk"};
// These choose some of the series and leave them as they are.
const std::set<std::string, std::less<>> choosers = {"topk", "bottomk", "limitk", "limit_ratio"};
const std::set<std::string, std::less<>> scalar_functions = {"scalar", "time", "pi"};

struct Operand {
  Expression labels;
  bool scalar = false;
  std::string text;  // of a quoted text
};

Operand scalar(std::string text = {}) {
  Operand operand;
  operand.labels.others = Presence::gone;
  operand.scalar = true;
  operand.text = std::move(text);
  return operand;
}

// Without any label.
Operand bare() {
  Operand operand;
  operand.labels.others = Presence::gone;
  return operand;
}

template <typename Function>
Expression combined(const Expression& a, const Expression& b, Function function) {
  Expression result;
  result.others = function(a.others, b.others);
  for (const auto* side : {&a, &b}) {
    for (const auto& [name, presence] : side->named) {
      result.named[name] = function(a.presence(name), b.presence(name));
    }
  }
  return result;
}

// A result has either the labels of one side or those of the other.
Presence either(Presence a, Presence b) { return a == b ? a : Presence::unknown; }

// Both sides have the same labels.
Presence both(Presence a, Presence b) {
  if (a == Presence::gone || b == Presence::gone) return Presence::gone;
  return a == Presence::present ? a : b;
}

// Only these labels, as far as the series can have them.
Expression only(const Expression& of, const Names& names) {
  Expression result;
  result.others = Presence::gone;
  for (const auto& name : names) {
    result.named[name] = of.presence(name) == Presence::gone ? Presence::gone : Presence::present;
  }
  return result;
}

Expression with(Expression of, const Names& names, Presence presence) {
  for (const auto& name : names) of.named[name] = presence;
  return of;
}

// How a binary operation finds its pairs.
struct Matching {
  enum class By { all, on, ignoring };
  enum class Many { none, left, right };
  By by = By::all;
  Names names;
  Many many = Many::none;
  Names included;
};

Expression paired(const Expression& left, const Expression& right, const Matching& matching) {
  if (matching.many == Matching::Many::left) {
    return with(left, matching.included, Presence::present);
  }
  if (matching.many == Matching::Many::right) {
    return with(right, matching.included, Presence::present);
  }
  const Expression pair = combined(left, right, both);
  if (matching.by == Matching::By::on) return only(pair, matching.names);
  // A label that one side has and the other ignores is in neither.
  return with(pair, matching.names, Presence::gone);
}

// Recursive descent with PromQL's precedences; gives up at the first thing it does not understand.
class Parser {
 public:
  explicit Parser(std::string_view promql) : tokens_{promql::tokens(promql)} {}

  Expression parse() {
    Operand operand = binary(Level::none);
    if (failed_ || peek().kind != Kind::end) return {};
    return operand.labels;
  }

 private:
  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  void next() { at_ = std::min(at_ + 1, tokens_.size() - 1); }
  bool take(std::string_view symbol) {
    if (!peek().is(symbol)) return false;
    next();
    return true;
  }
  bool take_word(std::string_view word) {
    if (!peek().is_word(word)) return false;
    next();
    return true;
  }
  void expect(std::string_view symbol) {
    if (!take(symbol)) failed_ = true;
  }
  Operand fail() {
    failed_ = true;
    return {};
  }

  // Operands that are held together by operators that bind tighter than `floor`.
  Operand binary(Level floor) {
    if (++depth_ > deepest) failed_ = true;
    Operand left = failed_ ? Operand{} : unary();
    while (!failed_ && level(peek()) > floor) {
      const Level own = level(peek());
      const std::string word = lower_case(peek().text);
      next();
      const bool to_bool = take_word("bool");
      const Matching matching = read_matching();
      const Operand right = binary(own == Level::power ? Level::product : own);
      left = operation(word, left, right, matching);
      left.labels.compares_to_bool = own == Level::comparison && to_bool;
    }
    --depth_;
    return left;
  }

  static Operand operation(const std::string& word, const Operand& left, const Operand& right,
                           const Matching& matching) {
    if (left.scalar && right.scalar) return scalar();
    if (left.scalar) return right;
    if (right.scalar || word == "and" || word == "unless") return left;
    Operand result;
    result.labels = word == "or" ? combined(left.labels, right.labels, either)
                                 : paired(left.labels, right.labels, matching);
    return result;
  }

  Matching read_matching() {
    Matching matching;
    if (take_word("on")) {
      matching.by = Matching::By::on;
    } else if (take_word("ignoring")) {
      matching.by = Matching::By::ignoring;
    } else {
      return matching;
    }
    matching.names = names();
    if (take_word("group_left")) {
      matching.many = Matching::Many::left;
    } else if (take_word("group_right")) {
      matching.many = Matching::Many::right;
    }
    if (matching.many != Matching::Many::none && peek().is("(")) matching.included = names();
    return matching;
  }

  // "(namespace, deployment)"
  Names names() {
    Names names;
    expect("(");
    while (!failed_ && !take(")")) {
      if (peek().kind != Kind::name && peek().kind != Kind::text) failed_ = true;
      names.push_back(unquoted(peek()));
      next();
      if (!peek().is(")")) expect(",");
    }
    return names;
  }

  Operand unary() {
    while (take("-") || take("+")) {
    }
    Operand operand = primary();
    while (!failed_ && modifier()) {
    }
    return operand;
  }

  // A range, a subquery, `offset` or `@`: they change no label.
  bool modifier() {
    if (take("[")) {
      while (!peek().is("]") && peek().kind != Kind::end) next();
      expect("]");
      return true;
    }
    if (take_word("offset")) {
      take("-");
      if (peek().kind != Kind::number) failed_ = true;
      next();
      return true;
    }
    if (!take("@")) return false;
    take("-");
    const bool function = peek().kind == Kind::name;  // start(), end()
    next();
    if (function) {
      expect("(");
      expect(")");
    }
    return true;
  }

  Operand primary() {
    const Token token = peek();
    if (token.kind == Kind::number) {
      next();
      return scalar();
    }
    if (token.kind == Kind::text) {
      next();
      return scalar(unquoted(token));
    }
    if (take("(")) {
      Operand operand = binary(Level::none);
      expect(")");
      return operand;
    }
    if (token.is("{")) return selector();
    if (token.kind != Kind::name) return fail();
    next();
    const std::string word = lower_case(token.text);
    if (aggregators.contains(word) &&
        (peek().is("(") || peek().is_word("by") || peek().is_word("without"))) {
      return aggregation(word);
    }
    if (peek().is("(")) return function(word);
    if (word == "inf" || word == "nan") return scalar();
    return selector();
  }

  // The part between braces, if there is one.
  Operand selector() {
    Operand operand;
    if (!take("{")) return operand;
    while (!failed_ && !take("}")) {
      const Token label = peek();
      next();
      const Token sign = peek();
      if (label.kind == Kind::text && (sign.is(",") || sign.is("}"))) {  // {"a metric's name"}
        take(",");
        continue;
      }
      next();
      const Token value = peek();
      next();
      if (sign.kind != Kind::sign || value.kind != Kind::text) return fail();
      const std::string name = unquoted(label);
      const auto matcher =
          rules::Matcher::parse(name + std::string{sign.text} + quoted(unquoted(value)));
      if (matcher && matcher->needs_label()) operand.labels.named[name] = Presence::present;
      if (!peek().is("}")) expect(",");
    }
    return operand;
  }

  static std::string quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    return quoted + "\"";
  }

  std::vector<Operand> arguments() {
    std::vector<Operand> arguments;
    expect("(");
    while (!failed_ && !take(")")) {
      arguments.push_back(binary(Level::none));
      if (!peek().is(")")) expect(",");
    }
    return arguments;
  }

  Operand aggregation(const std::string& word) {
    std::vector<Operand> operands;
    if (peek().is("(")) operands = arguments();
    const bool by = take_word("by");
    const bool without = !by && take_word("without");
    const Names grouping = by || without ? names() : Names{};
    if (operands.empty()) operands = arguments();
    if (failed_ || operands.empty()) return fail();
    Operand result;
    const Expression& series = operands.back().labels;
    if (choosers.contains(word)) {
      result.labels = series;
    } else {
      result.labels = without ? with(series, grouping, Presence::gone) : only(series, grouping);
      if (word == "count_values") {
        result.labels.named[operands.front().text] = Presence::present;
      }
    }
    result.labels.compares_to_bool = false;
    return result;
  }

  Operand function(const std::string& word) {
    const std::vector<Operand> operands = arguments();
    if (scalar_functions.contains(word)) return scalar();
    const auto vector = std::find_if(operands.begin(), operands.end(),
                                     [](const Operand& operand) { return !operand.scalar; });
    if (vector == operands.end()) return bare();  // vector(1), hour()
    Operand result = *vector;
    result.labels.compares_to_bool = false;
    if ((word == "label_replace" || word == "label_join") && operands.size() > 1) {
      result.labels.named[operands[1].text] = Presence::present;
    }
    // What is absent has only the labels that its selector spells out.
    if (word.starts_with("absent")) result.labels.others = Presence::gone;
    return result;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace

Presence Expression::presence(std::string_view label) const {
  const auto found = named.find(label);
  return found == named.end() ? others : found->second;
}

Expression read_expression(std::string_view promql) { return Parser{promql}.parse(); }

}  // namespace scalehook::lint
