#include "core/promql/quantile.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "core/promql/literal.hpp"

namespace scalehook::promql {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

// What a quantile outside of 0 to 1 is.
std::optional<double> outside(double quantile) {
  if (std::isnan(quantile)) return none;
  if (quantile < 0) return -infinite;
  if (quantile > 1) return infinite;
  return std::nullopt;
}

struct Bucket {
  double bound{};  // upper, included
  double count{};  // of all observations up to there
};

// As rates go they may fall a little from bucket to bucket; buckets with the same bound are one.
std::vector<Bucket> rising(std::vector<Bucket> buckets) {
  std::stable_sort(buckets.begin(), buckets.end(),
                   [](const Bucket& a, const Bucket& b) { return a.bound < b.bound; });
  std::vector<Bucket> result;
  for (const Bucket& bucket : buckets) {
    if (!result.empty() && result.back().bound == bucket.bound) {
      result.back().count += bucket.count;
    } else {
      result.push_back(bucket);
    }
  }
  double most = result.front().count;
  for (Bucket& bucket : result) {
    if (bucket.count < most) bucket.count = most;
    if (bucket.count > most) most = bucket.count;
  }
  return result;
}

double quantile_of_buckets(double quantile, std::vector<Bucket> unsorted) {
  if (const auto value = outside(quantile)) return *value;
  const auto buckets = rising(std::move(unsorted));
  if (buckets.back().bound != infinite || buckets.size() < 2) return none;
  const double observations = buckets.back().count;
  if (observations == 0) return none;
  double rank = quantile * observations;
  const auto found = std::find_if(buckets.begin(), buckets.end() - 1,
                                  [&](const Bucket& bucket) { return bucket.count >= rank; });
  if (found == buckets.end() - 1) return (found - 1)->bound;
  if (found == buckets.begin()) {
    if (found->bound <= 0) return found->bound;
    return found->bound * (rank / found->count);
  }
  const Bucket& below = *(found - 1);
  rank -= below.count;
  return below.bound + (found->bound - below.bound) * (rank / (found->count - below.count));
}

std::optional<double> bound_of(std::string_view text) {
  const bool minus = text.starts_with('-');
  if (minus || text.starts_with('+')) text.remove_prefix(1);
  const auto number = number_of(text);
  if (!number) return std::nullopt;
  return minus ? -*number : *number;
}

}  // namespace

double quantile(double quantile, std::vector<double> values) {
  if (values.empty()) return none;
  if (const auto value = outside(quantile)) return *value;
  // NaN counts as the least.
  std::sort(values.begin(), values.end(),
            [](double a, double b) { return std::isnan(a) ? !std::isnan(b) : a < b; });
  const double rank = quantile * static_cast<double>(values.size() - 1);
  const double weight = rank - std::floor(rank);
  const auto lower = static_cast<std::size_t>(rank);
  const std::size_t upper = std::min(values.size() - 1, lower + 1);
  return values[lower] * (1 - weight) + values[upper] * weight;
}

Vector histogram_quantile(double quantile, const Vector& buckets, Evaluation& evaluation) {
  std::map<Labels, std::vector<Bucket>> histograms;
  for (const Point& point : buckets) {
    const auto bound = bound_of(value_of(point.set->labels, "le"));
    if (!bound) continue;
    Labels labels = point.set->labels;
    labels.erase(labels.find("le"));
    histograms[std::move(labels)].push_back({*bound, point.value});
  }
  Vector result;
  for (auto& [labels, all] : histograms) {
    result.push_back({&evaluation.sets.add(labels), quantile_of_buckets(quantile, std::move(all))});
  }
  evaluation.drop_names(result);
  return result;
}

}  // namespace scalehook::promql
