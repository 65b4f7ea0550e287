#include "core/promql/aggregate.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "core/promql/quantile.hpp"

namespace scalehook::promql {
namespace {

struct Group {
  Labels labels;
  Vector points;
};

// In the shortest digits that tell it from its neighbours, without an exponent.
std::string fixed_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 512> buffer{};
  const auto [end, fault] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return {buffer.data(), end};
}

bool is_named(const Aggregation& aggregation, const std::string& label) {
  return std::binary_search(aggregation.labels.begin(), aggregation.labels.end(), label);
}

Labels labels_of_group(const Aggregation& aggregation, const Labels& labels) {
  Labels result;
  for (const auto& label : labels) {
    const bool named = is_named(aggregation, label.first);
    const bool kept = aggregation.without ? !named && label.first != "__name__" : named;
    if (kept) result.insert(result.end(), label);
  }
  return result;
}

std::vector<Group> groups(const Aggregation& aggregation, const Vector& vector) {
  if (vector.empty()) return {};
  if (!aggregation.without && aggregation.labels.empty() && aggregation.name != "count_values") {
    return {{{}, vector}};
  }
  // Its label tells the value, and is one of those that make a group, unless it is left out.
  const auto* value_label =
      aggregation.name == "count_values" ? (*aggregation.parameter)->as<Text>() : nullptr;
  if (value_label != nullptr && aggregation.without && is_named(aggregation, value_label->value)) {
    value_label = nullptr;
  }
  std::vector<Group> result;
  std::map<Labels, std::size_t> places;
  for (const Point& point : vector) {
    Labels labels = labels_of_group(aggregation, point.set->labels);
    if (value_label != nullptr) labels[value_label->value] = fixed_text(point.value);
    const auto [at, is_new] = places.emplace(std::move(labels), result.size());
    if (is_new) result.push_back({at->first, {}});
    result[at->second].points.push_back(point);
  }
  return result;
}

double sum(const Vector& points) {
  double result = 0;
  for (const Point& point : points) result += point.value;
  return result;
}

double mean(const Vector& points) {
  double result = 0;
  double count = 0;
  for (const auto& [set, value] : points) {
    ++count;
    // An infinite mean stays, unless NaN or the other infinity comes.
    if (std::isinf(result)) {
      if (std::isinf(value) ? (value > 0) == (result > 0) : !std::isnan(value)) continue;
    }
    // So divided that no sum overflows.
    result += value / count - result / count;
  }
  return result;
}

// Welford's algorithm. Of one value it is 0, also of NaN.
double variance(const Vector& points) {
  double mean = points.front().value;
  double squares = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double difference = points[i].value - mean;
    mean += difference / static_cast<double>(i + 1);
    squares += difference * (points[i].value - mean);
  }
  return squares / static_cast<double>(points.size());
}

// NaN only if nothing else is there.
template <typename Better>
double best(const Vector& points, Better better) {
  double result = points.front().value;
  for (const Point& point : points) {
    if (better(point.value, result) || std::isnan(result)) result = point.value;
  }
  return result;
}

double value_of_group(std::string_view name, double parameter, const Vector& points) {
  const auto count = static_cast<double>(points.size());
  if (name == "sum") return sum(points);
  if (name == "avg") return mean(points);
  if (name == "min") return best(points, [](double a, double b) { return a < b; });
  if (name == "max") return best(points, [](double a, double b) { return a > b; });
  if (name == "count" || name == "count_values") return count;
  if (name == "group") return 1;
  if (name == "stdvar") return variance(points);
  if (name == "stddev") return std::sqrt(variance(points));
  std::vector<double> values;
  values.reserve(points.size());
  for (const Point& point : points) values.push_back(point.value);
  return quantile(parameter, std::move(values));
}

// The first so many of topk or bottomk, the best one first; NaN comes last in both.
void append_best(Vector& result, Vector points, double count, bool largest) {
  std::stable_sort(points.begin(), points.end(), [&](const Point& a, const Point& b) {
    if (std::isnan(a.value) || std::isnan(b.value)) {
      return !std::isnan(a.value) && std::isnan(b.value);
    }
    return largest ? a.value > b.value : a.value < b.value;
  });
  const double most = std::min(std::trunc(count), static_cast<double>(points.size()));
  result.insert(result.end(), points.begin(), points.begin() + static_cast<std::ptrdiff_t>(most));
}

}  // namespace

Vector aggregate(const Aggregation& aggregation, double parameter, const Vector& vector,
                 Evaluation& evaluation) {
  const bool is_best = aggregation.name == "topk" || aggregation.name == "bottomk";
  if (is_best && !(std::abs(parameter) < 9e18)) {
    evaluation.fail("topk() and bottomk() take a number of series");
    return {};
  }
  Vector result;
  if (is_best && parameter < 1) return result;
  for (Group& group : groups(aggregation, vector)) {
    if (is_best) {
      append_best(result, std::move(group.points), parameter, aggregation.name == "topk");
    } else {
      const LabelSet& set = evaluation.sets.add(std::move(group.labels));
      result.push_back({&set, value_of_group(aggregation.name, parameter, group.points)});
    }
  }
  return result;
}

}  // namespace scalehook::promql
