// PromQL evaluated over recorded series, as Prometheus 2.42 evaluates an instant query.
#pragma once

#include <bit>
#include <boost/container/flat_map.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/promql/expression.hpp"

namespace scalehook::promql {

// Wall-clock time since the epoch, UTC. time() and timestamp() tell it in milliseconds.
using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

using Labels = boost::container::flat_map<std::string, std::string, std::less<>>;

// The value of a sample that ends its series: from then until the next sample the series is gone.
// Prometheus writes it when a scrape fails or a series is missing from one. Any other NaN is a
// value. https://prometheus.io/docs/prometheus/2.42/querying/basics/#staleness
inline constexpr double stale = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});
bool is_stale(double value);

struct Sample {
  Time at{};
  double value{};
};

struct Series {
  Labels labels;                // with __name__; none of them empty
  std::vector<Sample> samples;  // times rise
};

// What is evaluated over.
struct Storage {
  // Scraped samples, or what recording rules made. Their labels differ.
  std::vector<Series> series;

  // What some expressions were recorded to be: their canonical text (to_text) -> their series, as a
  // range query answers them. Where such an expression occurs within another, or is the whole, its
  // recording is its value. A recorded selector without an offset also answers those with a range
  // or an offset.
  std::map<std::string, std::vector<Series>, std::less<>> recorded;

  // How long a recorded sample is the value if no further one follows; if not given, the lookback
  // of the evaluation. A range query's answer has a sample at each of its steps, so that its step
  // is right here: a step without one had no value.
  std::optional<std::chrono::nanoseconds> recorded_lookback;

  // The text of a selector -> the text of the recorded expression that stands in for it: where the
  // selector matches no series, timestamp() of it is answered with the times and labels of that
  // recording. So age_of() can be evaluated of an expression of which only the value was recorded.
  // The values of a recording are never taken for the selector's.
  std::map<std::string, std::string, std::less<>> stand_ins;
};

// Puts a recording of the expression into the storage, and has it stand in for its selectors.
void record(Storage& storage, const Expression& expression, std::vector<Series> series);

struct Element {
  Labels labels;
  double value{};
};

// An instant vector, whose elements differ in their labels, or a scalar.
using Value = std::variant<std::vector<Element>, double>;

// An expression over a storage: the selectors have found their series, so that an evaluation is
// only binary searches and arithmetic. The storage outlives it and does not change meanwhile. One
// thread at a time.
class Query {
 public:
  Query(const Expression& expression, const Storage& storage);
  Query(Query&& other) noexcept;
  Query& operator=(Query&& other) noexcept;
  ~Query();

  // The value at `now`. `lookback` is Prometheus's lookback_delta (its default is 5 minutes): how
  // long a sample is the series' value if no further one follows. Fails where Prometheus refuses a
  // query for what it finds (two series with the same labels, many-to-many matching): one sentence.
  boost::system::result<Value, std::string> at(Time now, std::chrono::nanoseconds lookback) const;

 private:
  class Plan;
  std::unique_ptr<const Plan> plan_;
};

// The same once; for more than a few instants a Query is faster. Any thread.
boost::system::result<Value, std::string> evaluate(const Expression& expression,
                                                   const Storage& storage, Time now,
                                                   std::chrono::nanoseconds lookback);

}  // namespace scalehook::promql
