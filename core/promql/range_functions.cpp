#include "core/promql/range_functions.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "core/promql/quantile.hpp"
#include "core/promql/vector.hpp"

namespace scalehook::promql {
namespace {

// A sum that keeps the digits that addition loses (Kahan and Neumaier).
class Sum {
 public:
  void add(double value) {
    const double next = total_ + value;
    if (std::isinf(next)) {
      lost_ = 0;
    } else if (std::abs(total_) >= std::abs(value)) {
      lost_ += (total_ - next) + value;
    } else {
      lost_ += (value - next) + total_;
    }
    total_ = next;
  }
  double total() const { return total_; }
  double value() const { return std::isinf(total_) ? total_ : total_ + lost_; }

 private:
  double total_ = 0;
  double lost_ = 0;
};

// How fast the samples rise, held to the edges of the window if they come near to them.
// https://github.com/prometheus/prometheus/blob/v2.42.0/promql/functions.go (extrapolatedRate)
std::optional<double> extrapolated(const Window& window, bool is_counter, bool is_rate) {
  const auto samples = window.samples;
  if (samples.size() < 2) return std::nullopt;
  const Sample& first = samples.front();
  const Sample& last = samples.back();
  double rise = last.value - first.value;
  if (is_counter) {
    for (std::size_t i = 1; i < samples.size(); ++i) {
      if (samples[i].value < samples[i - 1].value) rise += samples[i - 1].value;
    }
  }
  double to_begin = seconds_of(first.at - window.begin);
  const double to_end = seconds_of(window.end - last.at);
  const double sampled = seconds_of(last.at - first.at);
  const double between = sampled / static_cast<double>(samples.size() - 1);
  // A counter does not begin below zero.
  if (is_counter && rise > 0 && first.value >= 0) {
    to_begin = std::min(to_begin, sampled * (first.value / rise));
  }
  // A sample that should be there and is not: the series begins or ends within the window.
  const double near = between * 1.1;
  const double whole =
      sampled + (to_begin < near ? to_begin : between / 2) + (to_end < near ? to_end : between / 2);
  double factor = whole / sampled;
  if (is_rate) factor /= seconds_of(window.end - window.begin);
  return rise * factor;
}

std::optional<double> rate(const Window& window) { return extrapolated(window, true, true); }
std::optional<double> increase(const Window& window) { return extrapolated(window, true, false); }
std::optional<double> delta(const Window& window) { return extrapolated(window, false, false); }

// Of the last two samples.
std::optional<double> last_two(const Window& window, bool is_rate) {
  const auto samples = window.samples;
  if (samples.size() < 2) return std::nullopt;
  const Sample& last = samples.back();
  const Sample& before = samples[samples.size() - 2];
  const double rise = is_rate && last.value < before.value ? last.value : last.value - before.value;
  return is_rate ? rise / seconds_of(last.at - before.at) : rise;
}

std::optional<double> irate(const Window& window) { return last_two(window, true); }
std::optional<double> idelta(const Window& window) { return last_two(window, false); }

// The line of least squares, by the seconds since `zero`.
struct Line {
  double slope{};
  double intercept{};
};
Line line_through(std::span<const Sample> samples, Time zero) {
  const double constant = samples.front().value;
  if (std::all_of(samples.begin(), samples.end(),
                  [&](const Sample& one) { return one.value == constant; })) {
    if (!std::isinf(constant)) return {0, constant};
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    return {none, none};
  }
  Sum x;
  Sum y;
  Sum xy;
  Sum xx;
  for (const Sample& sample : samples) {
    const double at = seconds_of(sample.at - zero);
    x.add(at);
    y.add(sample.value);
    xy.add(at * sample.value);
    xx.add(at * at);
  }
  const auto count = static_cast<double>(samples.size());
  const double covariance = xy.value() - x.value() * y.value() / count;
  const double variance = xx.value() - x.value() * x.value() / count;
  const double slope = covariance / variance;
  return {slope, y.value() / count - slope * x.value() / count};
}

std::optional<double> deriv(const Window& window) {
  if (window.samples.size() < 2) return std::nullopt;
  return line_through(window.samples, window.samples.front().at).slope;
}

std::optional<double> predict_linear(const Window& window) {
  if (window.samples.size() < 2) return std::nullopt;
  const Line line = line_through(window.samples, window.now);
  return line.slope * window.parameter + line.intercept;
}

std::optional<double> avg_over_time(const Window& window) {
  Sum mean;
  double count = 0;
  for (const Sample& sample : window.samples) {
    const double value = sample.value;
    ++count;
    // An infinite mean stays, unless NaN or the other infinity comes.
    if (std::isinf(mean.total())) {
      if (std::isinf(value) ? (value > 0) == (mean.total() > 0) : !std::isnan(value)) continue;
    }
    mean.add(value / count - mean.total() / count);
  }
  return mean.value();
}

std::optional<double> sum_over_time(const Window& window) {
  Sum sum;
  for (const Sample& sample : window.samples) sum.add(sample.value);
  return sum.value();
}

// NaN only if nothing else is there.
std::optional<double> max_over_time(const Window& window) {
  double result = window.samples.front().value;
  for (const Sample& sample : window.samples) {
    if (sample.value > result || std::isnan(result)) result = sample.value;
  }
  return result;
}

std::optional<double> min_over_time(const Window& window) {
  double result = window.samples.front().value;
  for (const Sample& sample : window.samples) {
    if (sample.value < result || std::isnan(result)) result = sample.value;
  }
  return result;
}

std::optional<double> count_over_time(const Window& window) {
  return static_cast<double>(window.samples.size());
}

std::optional<double> last_over_time(const Window& window) { return window.samples.back().value; }

std::optional<double> present_over_time(const Window&) { return 1; }

// Welford's algorithm.
std::optional<double> stdvar_over_time(const Window& window) {
  Sum mean;
  Sum squares;
  double count = 0;
  for (const Sample& sample : window.samples) {
    ++count;
    const double difference = sample.value - mean.value();
    mean.add(difference / count);
    squares.add(difference * (sample.value - mean.value()));
  }
  return squares.value() / count;
}

std::optional<double> stddev_over_time(const Window& window) {
  return std::sqrt(*stdvar_over_time(window));
}

std::optional<double> quantile_over_time(const Window& window) {
  std::vector<double> values;
  values.reserve(window.samples.size());
  for (const Sample& sample : window.samples) values.push_back(sample.value);
  return quantile(window.parameter, std::move(values));
}

template <typename Differs>
double count_pairs(std::span<const Sample> samples, Differs differs) {
  double result = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    if (differs(samples[i - 1].value, samples[i].value)) ++result;
  }
  return result;
}

std::optional<double> changes(const Window& window) {
  return count_pairs(window.samples, [](double before, double after) {
    return before != after && !(std::isnan(before) && std::isnan(after));
  });
}

std::optional<double> resets(const Window& window) {
  return count_pairs(window.samples, [](double before, double after) { return after < before; });
}

constexpr std::pair<std::string_view, RangeFunction> functions[] = {
    {"rate", rate},
    {"increase", increase},
    {"delta", delta},
    {"irate", irate},
    {"idelta", idelta},
    {"deriv", deriv},
    {"predict_linear", predict_linear},
    {"avg_over_time", avg_over_time},
    {"sum_over_time", sum_over_time},
    {"max_over_time", max_over_time},
    {"min_over_time", min_over_time},
    {"count_over_time", count_over_time},
    {"last_over_time", last_over_time},
    {"present_over_time", present_over_time},
    {"stddev_over_time", stddev_over_time},
    {"stdvar_over_time", stdvar_over_time},
    {"quantile_over_time", quantile_over_time},
    {"changes", changes},
    {"resets", resets},
};

}  // namespace

RangeFunction range_function(std::string_view name) {
  const auto* const found = std::find_if(std::begin(functions), std::end(functions),
                                         [&](const auto& one) { return one.first == name; });
  return found == std::end(functions) ? nullptr : found->second;
}

}  // namespace scalehook::promql
