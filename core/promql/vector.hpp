// Instant vectors while they are calculated. Private to core/promql; one thread at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/promql/evaluate.hpp"

namespace scalehook::promql {

// Labels that many points share. An address stays; it is not copied.
struct LabelSet {
  LabelSet() = default;
  LabelSet(const LabelSet&) = delete;
  LabelSet& operator=(const LabelSet&) = delete;

  Labels labels;
  std::size_t hash{};
  const LabelSet* nameless = this;  // the same without __name__
};

// Of nothing if there is none.
std::string_view value_of(const Labels& labels, std::string_view name);

class LabelSets {
 public:
  // Empty values are left out. The set lives as long as this.
  const LabelSet& add(Labels labels);

 private:
  const LabelSet& append(Labels labels);

  std::deque<LabelSet> all_;
};

struct Point {
  const LabelSet* set{};
  double value{};
};

// Points whose labels differ.
using Vector = std::vector<Point>;

// One evaluation of a query at one time.
struct Evaluation {
  Time now{};
  std::chrono::nanoseconds lookback{};
  LabelSets sets;     // those that the evaluation makes
  std::string fault;  // the first; what is calculated after it does not matter

  // Takes their names from the points.
  void drop_names(Vector& vector);
  // Two points with the same labels are a fault.
  void check(const Vector& vector);
  void fail(std::string_view sentence);
};

// Since 1970, to the millisecond.
double seconds_of(Time time);
double seconds_of(std::chrono::nanoseconds duration);

}  // namespace scalehook::promql
