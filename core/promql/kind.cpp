#include "core/promql/kind.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "core/promql/division.hpp"
#include "core/promql/expression.hpp"
#include "core/promql/names.hpp"

namespace scalehook::promql {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

Kind kind_of_gauge(const Selector& selector) {
  if (is_failure(selector)) return Kind::failure;
  if (is_time(selector)) return Kind::latency;
  if (is_memory(selector)) return Kind::memory;
  if (is_spare(selector)) return Kind::spare;
  if (is_utilisation(selector)) return Kind::utilisation;
  if (is_waiting(selector)) return Kind::backlog;
  if (is_replica_count(selector)) return Kind::count;
  return Kind::unknown;
}

// Of rate() and its like. CPU seconds in a second are a utilisation.
Kind kind_of_rate(const Expression& counter) {
  if (any_selector(counter, is_failure)) return Kind::failure;
  if (any_selector(counter, is_memory)) return Kind::memory;
  if (any_selector(counter, is_spare)) return Kind::spare;
  return any_selector(counter, is_cpu) ? Kind::utilisation : Kind::unknown;
}

// Whether the aggregation puts several replicas together.
bool joins_replicas(const Aggregation& aggregation) {
  const bool names_one = std::any_of(aggregation.labels.begin(), aggregation.labels.end(),
                                     [](const std::string& one) { return is_replica_label(one); });
  return names_one == aggregation.without;
}

Kind kind_of_average(Kind kind, const Expression& operand) {
  if (kind != Kind::unknown) return kind;
  return any_selector(operand, is_elsewhere) ? Kind::unknown : Kind::average;
}

Kind kind_of_sum(Kind kind) {
  const bool stays = kind == Kind::backlog || kind == Kind::memory || kind == Kind::failure ||
                     kind == Kind::spare || kind == Kind::latency || kind == Kind::quantile ||
                     kind == Kind::count;
  return stays ? kind : Kind::total;
}

Kind kind_of(const Aggregation& aggregation) {
  const std::string& name = aggregation.name;
  const Kind operand = kind_of(aggregation.operand);
  if (name == "quantile") return Kind::quantile;
  if (name == "count" || name == "group" || name == "count_values") return Kind::count;
  if (name == "stddev" || name == "stdvar") return Kind::unknown;
  if (name == "avg" || name == "sum") {
    if (!joins_replicas(aggregation)) return operand;
    return name == "avg" ? kind_of_average(operand, aggregation.operand) : kind_of_sum(operand);
  }
  return operand;  // the largest or the least of several is one of them
}

Kind kind_of(const Call& call) {
  const std::string& name = call.function;
  if (call.arguments.empty()) return name == "pi" ? Kind::constant : Kind::unknown;
  if (name == "histogram_quantile" || name == "quantile_over_time") return Kind::quantile;
  const Expression& first = call.arguments.front();
  if (is_one_of(name, {"rate", "irate", "increase"})) return kind_of_rate(first);
  if (name == "predict_linear") {
    return kind_of(first) == Kind::backlog ? Kind::backlog : Kind::unknown;
  }
  if (is_one_of(name, {"abs", "ceil", "floor", "round", "clamp", "clamp_min", "clamp_max", "sort",
                       "sort_desc", "label_replace", "label_join", "scalar", "vector",
                       "avg_over_time", "max_over_time", "min_over_time", "last_over_time"})) {
    return kind_of(first);
  }
  return Kind::unknown;
}

// 1 - idle is what is busy.
Kind kind_of_rest(const Expression& right) {
  const Kind kind = kind_of(right);
  if (kind == Kind::spare) return Kind::utilisation;
  return is_shared(kind) ? Kind::unknown : kind;
}

Kind kind_of_sides(Kind left, Kind right) {
  if (left == right) return left;
  // Messages that are ready and those that are not.
  const bool is_backlog = left == Kind::backlog || right == Kind::backlog;
  return is_backlog && (left == Kind::unknown || right == Kind::unknown) ? Kind::backlog
                                                                         : Kind::unknown;
}

Kind kind_of_product(const Binary& binary, Kind left, Kind right) {
  if (right == Kind::constant || all_selectors(binary.right, is_label_source)) return left;
  if (left == Kind::constant || all_selectors(binary.left, is_label_source)) return right;
  return Kind::unknown;
}

Kind kind_of(const Binary& binary) {
  const Kind left = kind_of(binary.left);
  const Kind right = kind_of(binary.right);
  if (left == Kind::constant && right == Kind::constant) return Kind::constant;
  if (is_comparison(binary.op)) {
    if (binary.returns_bool) return Kind::unknown;
    return left == Kind::constant ? right : left;
  }
  switch (binary.op) {
    case Operator::divide:
      return right == Kind::constant ? left : kind_of_quotient(binary.left, binary.right);
    case Operator::multiply:
      return kind_of_product(binary, left, right);
    case Operator::subtract:
      if (left == Kind::constant) return kind_of_rest(binary.right);
      return left == Kind::backlog && right == Kind::unknown ? left : Kind::unknown;
    case Operator::add:
      return kind_of_sides(left, right);
    case Operator::conjunction:
    case Operator::complement:
      return left;
    case Operator::disjunction:
      return right == Kind::constant ? left : kind_of_sides(left, right);
    default:
      return Kind::unknown;
  }
}

struct KindOf {
  Kind operator()(const Number&) const { return Kind::constant; }
  Kind operator()(const Text&) const { return Kind::constant; }
  Kind operator()(const Selector& one) const { return kind_of_gauge(one); }
  Kind operator()(const Subquery& one) const { return kind_of(one.operand); }
  Kind operator()(const Signed& one) const {
    const Kind kind = kind_of(one.operand);
    return kind == Kind::constant || !one.minus ? kind : Kind::unknown;
  }
  Kind operator()(const Binary& one) const { return kind_of(one); }
  Kind operator()(const Aggregation& one) const { return kind_of(one); }
  Kind operator()(const Call& one) const { return kind_of(one); }
};

constexpr std::string_view clauses[] = {
    "it is a constant",
    "it is an average over replicas",
    "it is divided by the number of replicas",
    "it is a utilisation",
    "it is a quantile",
    "it is a time",
    "it is work that waits",
    "it is memory or storage, of which each replica has its own",
    "it is a number of failures",
    "it is the share of one series in another",
    "it is what is idle or free",
    "it is a total, which more replicas do not lower",
    "it is a number of series or of replicas",
    "nothing tells that replicas share it",
};
static_assert(std::size(clauses) == static_cast<std::size_t>(Kind::unknown) + 1);

}  // namespace

Kind kind_of(const Expression& expression) { return std::visit(KindOf{}, expression->what); }

bool is_shared(Kind kind) {
  return kind == Kind::average || kind == Kind::per_replica || kind == Kind::utilisation;
}

std::string_view to_text(Kind kind) { return clauses[static_cast<std::size_t>(kind)]; }

bool any_selector(const Expression& expression, bool (*is)(const Selector&)) {
  const auto all = selectors(expression);
  return std::any_of(all.begin(), all.end(), is);
}

bool all_selectors(const Expression& expression, bool (*is)(const Selector&)) {
  const auto all = selectors(expression);
  return !all.empty() && std::all_of(all.begin(), all.end(), is);
}

}  // namespace scalehook::promql
