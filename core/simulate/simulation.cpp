#include "core/simulate/simulation.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <set>
#include <utility>

#include "core/dispatch/engine.hpp"
#include "core/rules/select.hpp"
#include "core/simulate/cluster.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::simulate {
namespace {

namespace json = boost::json;

// Nobody is to be told of a simulation, or asked.
std::shared_ptr<const config::Config> without_others(const config::Config& config) {
  auto copy = std::make_shared<config::Config>(config);
  copy->ack = config::Ack::journaled;
  for (auto& rule : copy->rules) rule.notify.clear();
  return copy;
}

std::optional<std::int64_t> number(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr || !value->is_string() ? "" : value->get_string().c_str();
}

class Simulation {
 public:
  explicit Simulation(const Scenario& scenario)
      : scenario_{scenario},
        clock_{start_of(scenario.trace)},
        cluster_{clock_, scenario.replicas, scenario.startup,
                 [this](const rules::Target& target, std::int64_t replicas) {
                   workload(target).changes.push_back({clock_.now(), replicas});
                 }},
        alerting_{scenario.rule, scenario.interval},
        grouping_{clock_, scenario.group,
                  [this](alert::Notification notification) { notify(std::move(notification)); }},
        engine_{clock_, metrics_, setup(),
                [this](const journal::Change& change, const std::function<void()>& stored) {
                  for (const auto& record : change.records) decided(record);
                  if (stored) stored();
                }} {
    timeline_.start = clock_.now();
    timeline_.interval = scenario.interval;
    timeline_.alert = scenario.rule.name;
    timeline_.comparison = scenario.rule.comparison;
    for (const auto& series : scenario.trace.series) watch(series);
    engine_.start();
  }

  // One sentence if two series would make one alert.
  std::optional<std::string> check() const {
    std::set<alert::Labels> seen;
    for (const auto& series : scenario_.trace.series) {
      if (seen.insert(alerting_.labels_of(series, 0)).second) continue;
      return "two series make alerts with the same labels, which Prometheus refuses: the rule's "
             "labels hide what differs";
    }
    return std::nullopt;
  }

  Timeline run() {
    Time end = timeline_.start;
    for (const auto& series : scenario_.trace.series) {
      end = std::max(end, series.samples.back().at);
    }
    for (Time at = timeline_.start; at <= end; at += scenario_.interval) {
      clock_.pass(at - clock_.now());
      evaluate();
      clock_.settle();
    }
    clock_.pass(end - clock_.now());
    timeline_.end = end;
    return std::move(timeline_);
  }

 private:
  static Time start_of(const Trace& trace) {
    Time start = trace.series.front().samples.front().at;
    for (const auto& series : trace.series) start = std::min(start, series.samples.front().at);
    return start;
  }

  std::shared_ptr<const dispatch::Setup> setup() {
    auto setup = std::make_shared<dispatch::Setup>();
    setup->config = without_others(*scenario_.config);
    for (const auto& [name, check] : scenario_.checks) {
      setup->scalers[name] = cluster_.scaler(name, check);
    }
    return setup;
  }

  // What the series' alerts are about, as far as that is the same at every value.
  void watch(const Series& series) {
    timeline_.watched.push_back({series.labels, {}, {}});
    auto& target = targets_.emplace_back();
    alert::Alert alert;
    alert.labels = alerting_.labels_of(series, 0);
    alert.annotations = alerting_.annotations_of(series, 0);
    const auto& rules = scenario_.config->rules;
    const auto rule = std::find_if(rules.begin(), rules.end(), [&](const config::Rule& candidate) {
      return rules::matches(candidate.selection, alert.labels);
    });
    if (rule == rules.end()) return;
    const auto selection = rules::select(rule->selection, alert);
    if (!selection) return;
    target = selection->target;
    timeline_.watched.back().target = rules::to_text(*target);
    workload(*target).max = rule->behavior.limits.max;
  }

  Workload& workload(const rules::Target& target) {
    const auto name = rules::to_text(target);
    for (auto& known : timeline_.workloads) {
      if (known.target == name) return known;
    }
    return timeline_.workloads.emplace_back(Workload{
        name, std::numeric_limits<std::int64_t>::max(), {{timeline_.start, scenario_.replicas}}});
  }

  void evaluate() {
    std::vector<Alerting::Evaluated> values;
    for (std::size_t index = 0; index < targets_.size(); ++index) {
      const auto& series = scenario_.trace.series[index];
      double value = value_at(series, clock_.now(), scenario_.trace.lookback);
      if (scenario_.feedback && targets_[index]) {
        const auto ready = std::max<std::int64_t>(1, cluster_.ready(*targets_[index]));
        value *= static_cast<double>(scenario_.replicas) / static_cast<double>(ready);
      }
      values.push_back({&series, value});
    }
    auto posted = alerting_.evaluate(clock_.now(), values);
    for (std::size_t index = 0; index < values.size(); ++index) {
      timeline_.watched[index].points.push_back(
          {clock_.now(), values[index].value, alerting_.state(*values[index].series)});
    }
    grouping_.post(std::move(posted));
  }

  void notify(alert::Notification notification) {
    timeline_.notifications.push_back(notification);
    timeline_.notified_at.push_back(clock_.now());
    engine_.receive(std::ssize(timeline_.notifications),
                    dispatch::Engine::coming(clock_.now(), std::move(notification)));
  }

  void decided(const journal::Record& record) {
    const auto parsed = json::parse(record.json);
    const auto& told = parsed.as_object();
    Decision decision;
    decision.at = record.time;
    decision.target = record.target;
    decision.rule = text(told, "rule");
    decision.reason = record.reason;
    decision.explanation = text(told, "explanation");
    decision.from = number(told, "from");
    decision.to = number(told, "to");
    decision.changed = record.reason == "applied" && decision.from != decision.to;
    decision.value = std::numeric_limits<double>::quiet_NaN();
    bool first = true;
    for (const auto& watched : timeline_.watched) {
      if (watched.target != record.target || watched.points.empty()) continue;
      const auto& last = watched.points.back();
      if (!std::exchange(first, false) && last.state <= decision.state) continue;
      decision.value = last.value;
      decision.state = last.state;
    }
    timeline_.decisions.push_back(std::move(decision));
  }

  const Scenario& scenario_;
  Timeline timeline_;
  std::vector<std::optional<rules::Target>> targets_;  // of each series
  // What the clock runs belongs to those below it, and is not run once they end.
  Clock clock_;
  Cluster cluster_;
  Alerting alerting_;
  Grouping grouping_;
  telemetry::Metrics metrics_{"simulated"};
  dispatch::Engine engine_;
};

}  // namespace

boost::system::result<Timeline, std::string> run(const Scenario& scenario) {
  Simulation simulation{scenario};
  if (auto fault = simulation.check()) return *std::move(fault);
  return simulation.run();
}

}  // namespace scalehook::simulate
