#include "core/simulate/implied_hpa.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/promql/expression.hpp"
#include "core/simulate/exporter.hpp"
#include "core/simulate/prometheus.hpp"
#include "core/simulate/wording.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

constexpr double share_of_threshold = 0.875;
constexpr double share_of_capacity = 0.7;

bool is_near(double one, double other) { return std::abs(one - other) <= 1e-6 * std::abs(other); }

// Tries an expression on a load that has been the same for some time.
class Trial {
 public:
  Trial(const std::string& expression, const std::vector<RuleGroup>& groups,
        const alert::Labels& labels, double capacity)
      : expression_{expression}, groups_{groups}, labels_{labels}, capacity_{capacity} {}

  // The value of the expression; NaN if it is not one number.
  double value(double load_per_replica, double replicas) const {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Clock clock{Time{}};
    Database database;
    // A rule over backlog or latency cannot be tried: those depend on the past.
    Exporter exporter{database, labels_, false};
    Supply supply;
    for (const auto& name : Exporter::metrics(false)) supply.metrics.insert(name);
    std::vector<RuleGroup> recordings = groups_;
    for (auto& group : recordings) {
      std::erase_if(group.rules,
                    [](const auto& rule) { return std::holds_alternative<AlertRule>(rule); });
    }
    Prometheus prometheus{clock, database, recordings, 15s, supply, {[] {}, {}, {}}};
    const Measures measures{load_per_replica * replicas, load_per_replica,
                            100 * load_per_replica / capacity_, 0, 0};
    for (int tick = 0; tick < 80; ++tick) {
      exporter.scrape(clock.now(), measures);
      if (prometheus.next() <= clock.now() && prometheus.evaluate()) return none;
      clock.pass(15s);
    }
    const auto answer = prometheus.query(expression_);
    return answer && answer->size() == 1 ? answer->front().value : none;
  }

  // How much of the expression's value one unit of load per replica makes; NaN if it is not so, in
  // proportion. `is_total`: with one replica; it is of all replicas together.
  double per_unit(bool& is_total) const {
    const double load = capacity_ / 2;
    const double one = value(load, 2);
    const bool is_linear = one > 0 && is_near(value(2 * load, 2), 2 * one);
    const double wider = value(load, 4);
    is_total = is_near(wider, 2 * one);
    if (!is_linear || (!is_total && !is_near(wider, one))) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    return one / load / (is_total ? 2 : 1);
  }

 private:
  const std::string& expression_;
  const std::vector<RuleGroup>& groups_;
  const alert::Labels& labels_;
  double capacity_;
};

struct Wanted {
  double value{};  // in the expression's unit; 0: nothing says one
  std::string because;
  bool of_total = false;  // each replica's share of a total is meant
};

Wanted wanted(const config::Rule& rule, const AlertRule& alert) {
  const auto& policy = rule.behavior.policy;
  const auto of_rule = fmt::format("the target of rule \"{}\"", rule.selection.name);
  if (const auto* one = std::get_if<scaling::PerReplica>(&policy)) {
    return {one->target, of_rule, true};
  }
  if (const auto* one = std::get_if<scaling::Ratio>(&policy)) return {one->target, of_rule, false};
  const bool is_above = alert.comparison &&
                        (alert.comparison->how == Comparison::Operator::above ||
                         alert.comparison->how == Comparison::Operator::at_least) &&
                        alert.comparison->threshold > 0;
  if (!is_above) return {0, "", false};
  return {share_of_threshold * alert.comparison->threshold,
          fmt::format("{} of the threshold of alert \"{}\"", share_of_threshold, alert.name),
          false};
}

}  // namespace

ImpliedHpa implied_hpa(const LoadTarget& target, const std::vector<RuleGroup>& groups,
                       bool asks_prometheus, const PlantOptions& plant,
                       std::optional<double> given) {
  ImpliedHpa implied;
  auto& options = implied.options;
  options.min = std::max<std::int64_t>(1, target.rule->behavior.limits.min);
  options.max = std::max(options.min, target.rule->behavior.limits.max);
  const auto tell = [&](std::string_view because) {
    const bool is_load = options.metric == &Measures::load_per_replica;
    implied.how = fmt::format("a target of {}{}, {}", number_text(options.target),
                              is_load ? " load_per_replica" : " % utilization", because);
    return implied;
  };
  if (given) {
    options.target = *given;
    return tell("which --hpa-target says");
  }
  const auto& policy = target.rule->behavior.policy;
  const bool follows = std::holds_alternative<scaling::Ratio>(policy) ||
                       std::holds_alternative<scaling::PerReplica>(policy);
  const auto& query = target.rule->behavior.query;
  const auto& expression = asks_prometheus && follows && !query.empty() ? query
                           : target.alert->measure.empty()              ? target.alert->expression
                                                                        : target.alert->measure;
  const auto found = wanted(*target.rule, *target.alert);
  bool is_total = false;
  const double per_unit =
      Trial{expression, groups, target.labels, plant.capacity}.per_unit(is_total);
  if (found.value <= 0 || std::isnan(per_unit) || is_total != found.of_total) {
    options.target = share_of_capacity * plant.capacity;
    return tell(
        fmt::format("{} of --capacity, because \"{}\" implies none: it is not in "
                    "proportion to the load per replica",
                    share_of_capacity, expression));
  }
  options.target = found.value / per_unit;
  const auto metrics = promql::metrics(*promql::parse(expression));
  if (std::find(metrics.begin(), metrics.end(), "utilization") != metrics.end()) {
    options.metric = &Measures::utilization;
    options.target = 100 * options.target / plant.capacity;
  }
  return tell(found.because);
}

}  // namespace scalehook::simulate
