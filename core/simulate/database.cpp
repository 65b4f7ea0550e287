#include "core/simulate/database.hpp"

#include <utility>

namespace scalehook::simulate {
namespace {

// A label without a value is none.
promql::Labels stored(const alert::Labels& labels) {
  promql::Labels kept;
  for (const auto& [name, value] : labels) {
    if (!value.empty()) kept.emplace(name, value);
  }
  return kept;
}

}  // namespace

std::size_t Database::add(const std::string& name, const alert::Labels& labels) {
  promql::Series series{stored(labels), {}};
  series.labels["__name__"] = name;
  const auto [entry, is_new] = numbers_.try_emplace(series.labels, storage_.series.size());
  if (!is_new) return entry->second;
  storage_.series.push_back(std::move(series));
  ++generation_;
  return entry->second;
}

void Database::append(std::size_t series, Time at, double value) {
  auto& samples = storage_.series[series].samples;
  if (samples.empty() || samples.back().at < at) samples.push_back({at, value});
}

void Database::record(const promql::Expression& expression,
                      const std::vector<alert::Labels>& labels) {
  std::vector<promql::Series> series;
  series.reserve(labels.size());
  for (const auto& one : labels) series.push_back({stored(one), {}});
  promql::record(storage_, expression, std::move(series));
  recorded_ = &storage_.recorded.find(promql::to_text(expression))->second;
  ++generation_;
}

void Database::append_recorded(std::size_t index, Time at, double value) {
  (*recorded_)[index].samples.push_back({at, value});
}

boost::system::result<std::vector<promql::Element>, std::string> StandingQuery::at(Time now) {
  if (!query_ || generation_ != database_.generation()) {
    query_.emplace(expression_, database_.storage());
    generation_ = database_.generation();
  }
  auto value = query_->at(now, database_.lookback());
  if (!value) return value.error();
  if (const auto* scalar = std::get_if<double>(&*value)) {
    return std::vector<promql::Element>{{{}, *scalar}};
  }
  return std::get<std::vector<promql::Element>>(*std::move(value));
}

alert::Labels labels_of(const promql::Element& element) {
  alert::Labels labels;
  static_cast<promql::Labels&>(labels) = element.labels;
  labels.erase("__name__");
  return labels;
}

}  // namespace scalehook::simulate
