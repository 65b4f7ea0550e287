#include "core/promql/binary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/promql/functions.hpp"

namespace scalehook::promql {
namespace {

constexpr char gap = '\xff';  // is in no label

bool is_in(const std::vector<std::string>& sorted, const std::string& name) {
  return std::binary_search(sorted.begin(), sorted.end(), name);
}

// What two elements have in common that belong to each other.
std::string signature(const Matching& matching, const Labels& labels) {
  std::string result;
  if (matching.on) {
    for (const std::string& name : matching.labels) (result += value_of(labels, name)) += gap;
    return result;
  }
  for (const auto& [name, value] : labels) {
    if (name == "__name__" || is_in(matching.labels, name)) continue;
    (((result += name) += gap) += value) += gap;
  }
  return result;
}

// atan2 does not, in Prometheus 2.42.
bool drops_name(const Binary& binary) {
  return is_comparison(binary.op) ? binary.returns_bool : binary.op != Operator::atan2;
}

// `match` is the element that the other side has.
Labels result_labels(const Binary& binary, const Labels& own, const Labels& match) {
  const Matching& matching = binary.matching;
  Labels result = own;
  if (drops_name(binary)) result.erase("__name__");
  if (matching.group == Matching::Group::none) {
    for (auto at = result.begin(); at != result.end();) {
      at = is_in(matching.labels, at->first) == matching.on ? at + 1 : result.erase(at);
    }
  }
  for (const std::string& name : matching.include) {
    result[name] = std::string{value_of(match, name)};
  }
  return result;
}

std::string shown(std::string_view signature) {
  std::string result{signature.substr(0, signature.size() - (signature.empty() ? 0 : 1))};
  std::replace(result.begin(), result.end(), gap, ' ');
  return result;
}

Vector combine_sets(const Binary& binary, const Vector& left, const Vector& right) {
  std::unordered_set<std::string> found;
  const bool is_or = binary.op == Operator::disjunction;
  for (const Point& point : is_or ? left : right) {
    found.insert(signature(binary.matching, point.set->labels));
  }
  const bool wanted = binary.op == Operator::conjunction;
  Vector result;
  if (is_or) result = left;
  for (const Point& point : is_or ? right : left) {
    if (found.contains(signature(binary.matching, point.set->labels)) == wanted) {
      result.push_back(point);
    }
  }
  return result;
}

}  // namespace

double calculate(Operator op, double left, double right) {
  switch (op) {
    case Operator::add:
      return left + right;
    case Operator::subtract:
      return left - right;
    case Operator::multiply:
      return left * right;
    case Operator::divide:
      return left / right;
    case Operator::modulo:
      return std::fmod(left, right);
    case Operator::power:
      return std::pow(left, right);
    case Operator::atan2:
      return std::atan2(left, right);
    case Operator::equal:
      return left == right ? 1 : 0;
    case Operator::not_equal:
      return left != right ? 1 : 0;
    case Operator::greater:
      return left > right ? 1 : 0;
    case Operator::less:
      return left < right ? 1 : 0;
    case Operator::greater_equal:
      return left >= right ? 1 : 0;
    case Operator::less_equal:
      return left <= right ? 1 : 0;
    default:
      return 0;
  }
}

Vector with_number(const Binary& binary, const Vector& vector, double number, bool on_left,
                   Evaluation& evaluation) {
  const bool filters = is_comparison(binary.op) && !binary.returns_bool;
  Vector result;
  result.reserve(vector.size());
  for (const Point& point : vector) {
    const double value = on_left ? calculate(binary.op, number, point.value)
                                 : calculate(binary.op, point.value, number);
    if (!filters) {
      result.push_back({point.set, value});
    } else if (value != 0) {
      result.push_back(point);
    }
  }
  if (drops_name(binary)) evaluation.drop_names(result);
  return result;
}

Vector combine(const Binary& binary, const Vector& left, const Vector& right,
               Evaluation& evaluation) {
  if (is_set(binary.op)) return combine_sets(binary, left, right);
  if (left.empty() || right.empty()) return {};
  const bool swapped = binary.matching.group == Matching::Group::right;
  const Vector& many = swapped ? right : left;
  const Vector& one = swapped ? left : right;
  std::unordered_map<std::string, const Point*> ones;
  for (const Point& point : one) {
    const auto [at, is_new] = ones.emplace(signature(binary.matching, point.set->labels), &point);
    if (is_new) continue;
    evaluation.fail(fmt::format("the {} side of '{}' has two series for one ({})",
                                swapped ? "left" : "right", name_of(binary.op), shown(at->first)));
    return {};
  }
  const bool filters = is_comparison(binary.op) && !binary.returns_bool;
  const bool is_one_to_one = binary.matching.group == Matching::Group::none;
  std::unordered_set<std::string> matched;
  Vector result;
  for (const Point& point : many) {
    std::string key = signature(binary.matching, point.set->labels);
    const auto found = ones.find(key);
    if (found == ones.end()) continue;
    const double left_value = swapped ? found->second->value : point.value;
    const double value =
        calculate(binary.op, left_value, swapped ? point.value : found->second->value);
    if (filters && value == 0) continue;
    if (is_one_to_one && !matched.insert(key).second) {
      evaluation.fail(
          fmt::format("the left side of '{}' has two series for one ({}), which takes group_left",
                      name_of(binary.op), shown(key)));
      return {};
    }
    const LabelSet& set =
        evaluation.sets.add(result_labels(binary, point.set->labels, found->second->set->labels));
    result.push_back({&set, filters ? left_value : value});
  }
  evaluation.check(result);
  return result;
}

}  // namespace scalehook::promql
