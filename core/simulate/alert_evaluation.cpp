#include "core/simulate/alert_evaluation.hpp"

#include <limits>
#include <set>
#include <utility>

#include "core/promql/expression.hpp"

namespace scalehook::simulate {
namespace {

promql::Expression measure_of(const AlertRule& rule) {
  return *promql::parse(rule.measure.empty() ? rule.expression : rule.measure);
}

}  // namespace

AlertEvaluation::AlertEvaluation(AlertRule rule, std::chrono::nanoseconds interval,
                                 const Database& database)
    : rule_{std::move(rule)}, alerting_{rule_, interval}, measure_{measure_of(rule_), database} {
  const bool is_whole = rule_.comparison || rule_.measure.empty();
  if (!is_whole) condition_.emplace(*promql::parse(rule_.expression), database);
}

std::size_t AlertEvaluation::number_of(const alert::Labels& labels) {
  const auto [entry, is_new] = numbers_.try_emplace(labels, watched_.size());
  if (is_new) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    watched_.push_back({labels, none, false, AlertState::inactive});
  }
  return entry->second;
}

boost::system::result<std::vector<PostedAlert>, std::string> AlertEvaluation::evaluate(Time now) {
  auto measured = measure_.at(now);
  if (!measured) return measured.error();
  for (auto& watched : watched_) {
    watched.value = std::numeric_limits<double>::quiet_NaN();
    watched.holds = false;
  }
  std::vector<std::pair<std::size_t, double>> held;  // series and value
  for (const auto& element : *measured) {
    const auto number = number_of(simulate::labels_of(element));
    watched_[number].value = element.value;
    const bool holds = rule_.comparison ? rule_.comparison->holds(element.value) : !condition_;
    if (holds) held.emplace_back(number, element.value);
  }
  if (condition_) {
    const auto found = condition_->at(now);
    if (!found) return found.error();
    for (const auto& element : *found)
      held.emplace_back(number_of(simulate::labels_of(element)), element.value);
  }

  std::vector<Alerting::Held> all;
  for (const auto& [number, value] : held) {
    watched_[number].holds = true;
    all.push_back({number, &watched_[number].labels, value});
  }
  auto posted = alerting_.evaluate(now, all);
  const auto states = alerting_.states(watched_.size());
  for (std::size_t number = 0; number < states.size(); ++number) {
    watched_[number].state = states[number];
  }
  return posted;
}

}  // namespace scalehook::simulate
