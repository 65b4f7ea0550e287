// A PromQL expression as a tree of plain values. Pure; any thread.
// https://prometheus.io/docs/prometheus/2.42/querying/basics/
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace re2 {
class RE2;
}

namespace scalehook::promql {

struct Node;

// Immutable and never empty (a moved-from one excepted); a copy shares the tree.
class Expression {
 public:
  explicit Expression(Node node);

  const Node& operator*() const { return *root_; }
  const Node* operator->() const { return root_.get(); }

 private:
  std::shared_ptr<const Node> root_;
};

// What an expression's value is: one number, the elements of an instant vector, series of samples
// (x[5m]), or a string, which is only ever an argument.
enum class Type { scalar, vector, range, text };

// A literal with its sign: 30, -1, 0x1F, +Inf, NaN.
struct Number {
  double value{};
};

// A string literal, unescaped.
struct Text {
  std::string value;
};

struct Matcher {
  enum class Kind { equal, not_equal, match, no_match };  // = != =~ !~

  std::string label;
  Kind kind{};
  std::string value;
  std::shared_ptr<const re2::RE2> expression;  // of `match` and `no_match`, anchored by its user
};

// x{a="b"}, x{a="b"}[5m] offset 1h.
struct Selector {
  // Sorted by label, kind and value, each once. The metric's name is the matcher of "__name__".
  std::vector<Matcher> matchers;
  std::chrono::milliseconds range{};   // 0: an instant vector, else more
  std::chrono::milliseconds offset{};  // back in time; may be negative
  std::string at;                      // what follows '@', as it is written; mostly empty
};

// rate(x[1m])[5m:1m].
struct Subquery {
  Expression operand;
  std::chrono::milliseconds range{};
  std::chrono::milliseconds step{};  // 0: Prometheus's evaluation interval
  std::chrono::milliseconds offset{};
  std::string at;
};

// -x or +x, of what is no literal. Only the minus takes the metric's name away.
struct Signed {
  bool minus = false;
  Expression operand;
};

enum class Operator {
  add,
  subtract,
  multiply,
  divide,
  modulo,
  power,
  atan2,
  equal,
  not_equal,
  greater,
  less,
  greater_equal,
  less_equal,
  conjunction,  // and
  disjunction,  // or
  complement    // unless
};

bool is_comparison(Operator one);
bool is_set(Operator one);  // and, or, unless

// How the elements of two vectors find each other.
struct Matching {
  enum class Group { none, left, right };  // the side with many, of group_left and group_right

  bool on = false;                  // else `ignoring`
  std::vector<std::string> labels;  // of on() or ignoring(); sorted
  Group group{};
  std::vector<std::string> include;  // of group_left() or group_right(); sorted
};

struct Binary {
  Operator op{};
  bool returns_bool = false;  // `> bool`
  Matching matching;          // default for all but two vectors
  Expression left;
  Expression right;
};

// sum by (job) (x), topk(3, x).
struct Aggregation {
  std::string name;  // in lower case
  bool without = false;
  std::vector<std::string> labels;      // of by() or without(); sorted
  std::optional<Expression> parameter;  // of topk, bottomk, quantile and count_values
  Expression operand;
};

struct Call {
  std::string function;
  std::vector<Expression> arguments;
};

// Parentheses leave no trace.
struct Node {
  using What = std::variant<Number, Text, Selector, Subquery, Signed, Binary, Aggregation, Call>;

  What what;
  Type type{};

  template <typename One>
  const One* as() const {
    return std::get_if<One>(&what);
  }
};

inline Expression::Expression(Node node) : root_{std::make_shared<const Node>(std::move(node))} {}

// The operands, the parameter and the arguments, from left to right.
std::vector<Expression> children(const Expression& expression);

// The one value that its matchers demand of the metric's name; null if they leave it open.
const std::string* metric_of(const Selector& selector);

}  // namespace scalehook::promql
