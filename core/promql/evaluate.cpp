#include "core/promql/evaluate.hpp"

#include <utility>

#include "core/promql/plan.hpp"
#include "core/promql/vector.hpp"

namespace scalehook::promql {

class Query::Plan {
 public:
  Plan(const Expression& expression, const Storage& storage) {
    Compiler compiler{storage, sets_};
    if (expression->type == Type::vector) {
      vector_ = compiler.vector(expression);
    } else if (expression->type == Type::scalar) {
      scalar_ = compiler.scalar(expression);
    }
  }

  boost::system::result<Value, std::string> at(Time now, std::chrono::nanoseconds lookback) const {
    Evaluation evaluation;
    evaluation.now = now;
    evaluation.lookback = lookback;
    const double number = scalar_ ? scalar_(evaluation) : 0;
    const Vector points = vector_ ? vector_(evaluation) : Vector{};
    if (!evaluation.fault.empty()) return std::move(evaluation.fault);
    if (scalar_) return Value{number};
    if (!vector_) return std::string{"a range vector or a string has no value at one time"};
    std::vector<Element> elements;
    elements.reserve(points.size());
    for (const Point& point : points) elements.push_back({point.set->labels, point.value});
    return Value{std::move(elements)};
  }

 private:
  LabelSets sets_;
  VectorStep vector_;  // one of the two
  ScalarStep scalar_;
};

Query::Query(const Expression& expression, const Storage& storage)
    : plan_{std::make_unique<const Plan>(expression, storage)} {}
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

boost::system::result<Value, std::string> Query::at(Time now,
                                                    std::chrono::nanoseconds lookback) const {
  return plan_->at(now, lookback);
}

boost::system::result<Value, std::string> evaluate(const Expression& expression,
                                                   const Storage& storage, Time now,
                                                   std::chrono::nanoseconds lookback) {
  return Query{expression, storage}.at(now, lookback);
}

void record(Storage& storage, const Expression& expression, std::vector<Series> series) {
  const std::string text = to_text(expression);
  for (const Selector& selector : selectors(expression)) {
    storage.stand_ins.emplace(to_text(selector), text);
  }
  storage.recorded[text] = std::move(series);
}

}  // namespace scalehook::promql
