#include "core/promql/functions.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <iterator>

#include "core/promql/literal.hpp"

namespace scalehook::promql {
namespace {

// Sorted by name.
constexpr Signature signatures[] = {
    {"abs", "v"},
    {"absent", "v"},
    {"absent_over_time", "r"},
    {"acos", "v"},
    {"acosh", "v"},
    {"asin", "v"},
    {"asinh", "v"},
    {"atan", "v"},
    {"atanh", "v"},
    {"avg_over_time", "r"},
    {"ceil", "v"},
    {"changes", "r"},
    {"clamp", "vss"},
    {"clamp_max", "vs"},
    {"clamp_min", "vs"},
    {"cos", "v"},
    {"cosh", "v"},
    {"count_over_time", "r"},
    {"day_of_month", "v", 1},
    {"day_of_week", "v", 1},
    {"day_of_year", "v", 1},
    {"days_in_month", "v", 1},
    {"deg", "v"},
    {"delta", "r"},
    {"deriv", "r"},
    {"exp", "v"},
    {"floor", "v"},
    {"histogram_count", "v", 0, Type::vector, false, false},
    {"histogram_fraction", "ssv", 0, Type::vector, false, false},
    {"histogram_quantile", "sv"},
    {"histogram_sum", "v", 0, Type::vector, false, false},
    {"holt_winters", "rss", 0, Type::vector, false, false},
    {"hour", "v", 1},
    {"idelta", "r"},
    {"increase", "r"},
    {"irate", "r"},
    {"label_join", "vttt", 0, Type::vector, true},
    {"label_replace", "vtttt"},
    {"last_over_time", "r"},
    {"ln", "v"},
    {"log10", "v"},
    {"log2", "v"},
    {"max_over_time", "r"},
    {"min_over_time", "r"},
    {"minute", "v", 1},
    {"month", "v", 1},
    {"pi", "", 0, Type::scalar},
    {"predict_linear", "rs"},
    {"present_over_time", "r"},
    {"quantile_over_time", "sr"},
    {"rad", "v"},
    {"rate", "r"},
    {"resets", "r"},
    {"round", "vs", 1},
    {"scalar", "v", 0, Type::scalar},
    {"sgn", "v"},
    {"sin", "v"},
    {"sinh", "v"},
    {"sort", "v"},
    {"sort_desc", "v"},
    {"sqrt", "v"},
    {"stddev_over_time", "r"},
    {"stdvar_over_time", "r"},
    {"sum_over_time", "r"},
    {"tan", "v"},
    {"tanh", "v"},
    {"time", "", 0, Type::scalar},
    {"timestamp", "v"},
    {"vector", "s"},
    {"year", "v", 1},
};

constexpr std::string_view aggregations[] = {"avg",    "bottomk", "count", "count_values",
                                             "group",  "max",     "min",   "quantile",
                                             "stddev", "stdvar",  "sum",   "topk"};

constexpr std::string_view operators[] = {
    "+", "-", "*", "/", "%", "^", "atan2", "==", "!=", ">", "<", ">=", "<=", "and", "or", "unless"};

Type type_of(char letter) {
  return letter == 's'   ? Type::scalar
         : letter == 'v' ? Type::vector
         : letter == 'r' ? Type::range
                         : Type::text;
}

bool is_value(Type type) { return type == Type::scalar || type == Type::vector; }

std::string fault_of_argument(std::string_view name, Type wanted, const Expression& argument) {
  if (argument->type == wanted) return {};
  return fmt::format("{}() takes {}, not {}", name, name_of(wanted), name_of(argument->type));
}

// Of label_replace() and label_join(), whose types are right.
std::string fault_of_texts(const Call& call) {
  const bool replaces = call.function == "label_replace";
  if (!replaces && call.function != "label_join") return {};
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    const std::string& text = call.arguments[i]->as<Text>()->value;
    const bool is_label = i == 1 || (!replaces && i > 2);
    if (is_label && !is_label_name(text)) return fmt::format("'{}' is no label's name", text);
    if (!replaces || i != 4) continue;
    if (const RE2 expression{text, RE2::Quiet}; !expression.ok()) {
      return fmt::format("a regular expression is wrong ({})", expression.error());
    }
  }
  return {};
}

}  // namespace

const Signature* function(std::string_view name) {
  const auto* const found =
      std::lower_bound(std::begin(signatures), std::end(signatures), name,
                       [](const Signature& one, std::string_view two) { return one.name < two; });
  return found == std::end(signatures) || found->name != name ? nullptr : found;
}

bool is_aggregation(std::string_view name) {
  return std::binary_search(std::begin(aggregations), std::end(aggregations), name);
}

std::string fault_of(const Binary& binary) {
  const std::string_view sign = name_of(binary.op);
  const Matching& matching = binary.matching;
  const Type left = binary.left->type;
  const Type right = binary.right->type;
  if (binary.returns_bool && !is_comparison(binary.op)) {
    return fmt::format("bool belongs to a comparison, not to '{}',", sign);
  }
  if (!is_value(left) || !is_value(right)) {
    return fmt::format("'{}' takes numbers and instant vectors, not {}", sign,
                       name_of(is_value(left) ? right : left));
  }
  if (left == Type::scalar && right == Type::scalar) {
    if (is_comparison(binary.op) && !binary.returns_bool) {
      return fmt::format("two numbers are compared by '{} bool'", sign);
    }
  }
  if (left != Type::vector || right != Type::vector) {
    if (is_set(binary.op)) return fmt::format("'{}' takes no numbers", sign);
    if (!matching.labels.empty()) return "on() and ignoring() are for two instant vectors";
    return {};
  }
  if (is_set(binary.op) && matching.group != Matching::Group::none) {
    return fmt::format("'{}' takes no group_left or group_right", sign);
  }
  for (const std::string& label : matching.include) {
    if (matching.on && std::binary_search(matching.labels.begin(), matching.labels.end(), label)) {
      return fmt::format("the label {} is in on() and in the group's labels", label);
    }
  }
  return {};
}

std::string fault_of(const Aggregation& aggregation) {
  const std::string& name = aggregation.name;
  const bool takes_text = name == "count_values";
  const bool takes_number = name == "topk" || name == "bottomk" || name == "quantile";
  if (aggregation.parameter.has_value() != (takes_text || takes_number)) {
    return fmt::format("{}() takes {}", name,
                       aggregation.parameter ? "one argument" : "two arguments");
  }
  if (aggregation.parameter) {
    const Type wanted = takes_text ? Type::text : Type::scalar;
    if (auto fault = fault_of_argument(name, wanted, *aggregation.parameter); !fault.empty()) {
      return fault;
    }
    const auto* const label = (*aggregation.parameter)->as<Text>();
    if (label != nullptr && !is_label_name(label->value)) {
      return fmt::format("'{}' is no label's name", label->value);
    }
  }
  return fault_of_argument(name, Type::vector, aggregation.operand);
}

std::string fault_of(const Call& call, const Signature& signature) {
  const std::size_t most = signature.arguments.size();
  const std::size_t least = most - (signature.repeats ? 1 : signature.optional);
  const std::size_t count = call.arguments.size();
  if (count < least || (count > most && !signature.repeats)) {
    return fmt::format("{}() takes {}{} argument{}, not {}", signature.name,
                       least == most ? "" : "at least ", count < least ? least : most,
                       (count < least ? least : most) == 1 ? "" : "s", count);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Type wanted = type_of(signature.arguments[std::min(i, most - 1)]);
    if (auto fault = fault_of_argument(signature.name, wanted, call.arguments[i]); !fault.empty()) {
      return fault;
    }
  }
  return fault_of_texts(call);
}

Type type_of(const Binary& binary) {
  const bool scalar = binary.left->type == Type::scalar && binary.right->type == Type::scalar;
  return scalar ? Type::scalar : Type::vector;
}

std::string_view name_of(Type type) {
  constexpr std::string_view names[] = {"a number", "an instant vector", "a range vector (x[5m])",
                                        "a string"};
  return names[static_cast<std::size_t>(type)];
}

std::string_view name_of(Operator one) { return operators[static_cast<std::size_t>(one)]; }

std::optional<Operator> operator_of(std::string_view lower_case) {
  const auto* const found = std::find(std::begin(operators), std::end(operators), lower_case);
  if (found == std::end(operators)) return std::nullopt;
  return static_cast<Operator>(found - std::begin(operators));
}

}  // namespace scalehook::promql
