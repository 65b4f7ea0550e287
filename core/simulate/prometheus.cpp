#include "core/simulate/prometheus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/promql/expression.hpp"

namespace scalehook::simulate {

Prometheus::Prometheus(Clock& clock, Database& database, const std::vector<RuleGroup>& groups,
                       std::chrono::nanoseconds interval, Supply supply, Hooks hooks)
    : clock_{clock}, database_{database}, supply_{std::move(supply)}, hooks_{std::move(hooks)} {
  // The engine may ask whether targets are up; where that was not recorded, none is known.
  supply_.metrics.insert("up");
  std::size_t alerts = 0;
  for (const auto& group : groups) {
    auto& made = groups_.emplace_back();
    made.interval = group.interval.value_or(std::chrono::seconds{0});
    if (!group.interval) made.interval = interval;
    made.next = clock.now();
    for (const auto& rule : group.rules) {
      if (const auto* alert = std::get_if<AlertRule>(&rule)) {
        made.rules.emplace_back(Alert{alerts++, AlertEvaluation{*alert, made.interval, database}});
      } else {
        const auto& recording = std::get<RecordingRule>(rule);
        supply_.metrics.insert(recording.name);
        made.rules.emplace_back(
            Recorder{recording, StandingQuery{*promql::parse(recording.expression), database}, {}});
      }
    }
  }
  for (auto& group : groups_) {
    for (auto& rule : group.rules) {
      if (auto* alert = std::get_if<Alert>(&rule)) alerts_.push_back(&alert->evaluation);
    }
  }
}

const AlertEvaluation& Prometheus::alert(std::size_t number) const { return *alerts_[number]; }

void Prometheus::expect(std::size_t alert, const alert::Labels& series) {
  alerts_[alert]->expect(series);
}

Time Prometheus::next() const {
  Time next = Time::max();
  for (const auto& group : groups_) next = std::min(next, group.next);
  return next;
}

std::optional<std::string> Prometheus::evaluate() {
  hooks_.scrape();
  for (auto& group : groups_) {
    if (group.next > clock_.now()) continue;
    group.next += group.interval;
    for (auto& rule : group.rules) {
      if (auto fault = std::visit([&](auto& one) { return run(one); }, rule)) return fault;
    }
  }
  return std::nullopt;
}

std::optional<std::string> Prometheus::run(Recorder& recorder) {
  const auto now = clock_.now();
  const auto found = recorder.query.at(now);
  if (!found) {
    return fmt::format("recording rule \"{}\": {}", recorder.rule.name, found.error());
  }
  for (const auto& element : *found) {
    auto labels = labels_of(element);
    for (const auto& [name, value] : recorder.rule.labels) labels[name] = value;
    const auto series = database_.add(recorder.rule.name, labels);
    const auto [seen, is_new] = recorder.seen.try_emplace(series);
    if (!is_new && seen->second == now) {
      return fmt::format(
          "recording rule \"{}\" makes two series with the same labels, which "
          "Prometheus refuses: its labels hide what differs",
          recorder.rule.name);
    }
    seen->second = now;
    database_.append(series, now, element.value);
  }
  for (const auto& [series, at] : recorder.seen) {
    if (at != now) database_.end(series, now);
  }
  std::erase_if(recorder.seen, [&](const auto& seen) { return seen.second != now; });
  return std::nullopt;
}

std::optional<std::string> Prometheus::run(Alert& alert) {
  const auto& name = alert.evaluation.rule().name;
  auto posted = alert.evaluation.evaluate(clock_.now());
  if (!posted) return fmt::format("alert \"{}\": {}", name, posted.error());
  hooks_.evaluated(alert.number, alert.evaluation);
  if (!posted->empty()) hooks_.post(name, *std::move(posted));
  return std::nullopt;
}

// Checks an expression that is asked for the first time.
std::optional<std::string> Prometheus::prepare(const std::string& expression) {
  if (queries_.contains(expression)) return std::nullopt;
  auto parsed = promql::parse(expression);
  if (!parsed) return fmt::format("the query \"{}\": {}", expression, parsed.error());
  if (const auto metric = missing_metric(*parsed, supply_)) {
    return fmt::format("the query \"{}\" reads the metric {}, which is not there; {}", expression,
                       *metric, supply_.remedy);
  }
  queries_.emplace(expression, StandingQuery{*std::move(parsed), database_});
  return std::nullopt;
}

upstream::QueryAnswer Prometheus::query(const std::string& expression) {
  if (auto fault = prepare(expression)) {
    if (!fault_) fault_ = fault;
    return *std::move(fault);
  }
  hooks_.scrape();
  const auto found = queries_.find(expression)->second.at(clock_.now());
  if (!found) return found.error();
  std::vector<upstream::Sample> samples;
  for (const auto& element : *found) {
    samples.push_back({labels_of(element), element.value, clock_.now()});
  }
  return samples;
}

}  // namespace scalehook::simulate
