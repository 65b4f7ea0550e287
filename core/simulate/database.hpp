// Prometheus's database, as it fills up while a simulation runs.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/promql/evaluate.hpp"

namespace scalehook::simulate {

using alert::Time;

// Series that only get longer and more. By one thread.
class Database {
 public:
  // Prometheus's default; `lookback` of all queries.
  explicit Database(std::chrono::nanoseconds lookback = std::chrono::minutes{5})
      : lookback_{lookback} {}
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // The series of that name and with these labels, which is new and empty if there was none. Its
  // number counts from 0.
  std::size_t add(const std::string& name, const alert::Labels& labels);
  // Of two samples of the same time the first one stays.
  void append(std::size_t series, Time at, double value);
  // Ends the series until its next sample, as Prometheus does where a scrape does not show it.
  void end(std::size_t series, Time at) { append(series, at, promql::stale); }

  // `count` new series, still empty and with these labels, that are what the expression is
  // evaluated to, wherever it occurs. Once at most.
  void record(const promql::Expression& expression, const std::vector<alert::Labels>& labels);
  void append_recorded(std::size_t index, Time at, double value);

  const promql::Storage& storage() const { return storage_; }
  // Rises whenever there are other series than before.
  std::size_t generation() const { return generation_; }
  std::chrono::nanoseconds lookback() const { return lookback_; }

 private:
  std::chrono::nanoseconds lookback_;
  promql::Storage storage_;
  std::map<promql::Labels, std::size_t> numbers_;
  std::vector<promql::Series>* recorded_ = nullptr;
  std::size_t generation_ = 0;
};

// An expression that is evaluated again and again. The database outlives it. By one thread.
class StandingQuery {
 public:
  StandingQuery(promql::Expression expression, const Database& database)
      : expression_{std::move(expression)}, database_{database} {}

  const promql::Expression& expression() const { return expression_; }

  // A scalar is one element without labels. One sentence where Prometheus refuses.
  boost::system::result<std::vector<promql::Element>, std::string> at(Time now);

 private:
  promql::Expression expression_;
  const Database& database_;
  std::optional<promql::Query> query_;
  std::size_t generation_ = 0;  // that the query is of
};

// The labels of an element without the metric's name.
alert::Labels labels_of(const promql::Element& element);

}  // namespace scalehook::simulate
