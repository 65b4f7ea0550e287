#include "core/simulate/needs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/promql/expression.hpp"

namespace scalehook::simulate {
namespace {

// Names the expression and where it stands: `r.yml:3:5: alert "Busy", "x > 3"`.
std::string title(const std::string& place, const std::string& what, const std::string& text) {
  return fmt::format("{}{}{}, \"{}\"", place, place.empty() ? "" : ": ", what, text);
}

class Needs {
 public:
  Needs(const std::vector<RuleGroup>& groups, Supply supply) : supply_{std::move(supply)} {
    for (const auto& group : groups) {
      for (const auto& rule : group.rules) {
        if (const auto* recording = std::get_if<RecordingRule>(&rule)) {
          by_name_.emplace(recording->name, recording);
        }
      }
    }
  }

  // One sentence if something is missing that no recording rule makes.
  std::optional<std::string> add(const std::string& title, const std::string& text) {
    const auto expression = promql::parse(text);
    if (!expression) return title + ": " + expression.error();
    while (const auto metric = missing_metric(*expression, supply_)) {
      const auto [first, last] = by_name_.equal_range(*metric);
      if (first == last) {
        return fmt::format("{} reads the metric {}, which is not there; {}", title, *metric,
                           supply_.remedy);
      }
      supply_.metrics.insert(*metric);  // first, because a rule may read what it records
      for (auto rule = first; rule != last; ++rule) {
        needed_.insert(rule->second);
        if (auto fault = add(rule->second)) return fault;
      }
    }
    return std::nullopt;
  }

  std::optional<std::string> add(const RecordingRule* rule) {
    return add(title(rule->place, "recording rule \"" + rule->name + "\"", rule->expression),
               rule->expression);
  }

  bool has(const RecordingRule& rule) const { return needed_.contains(&rule); }

 private:
  Supply supply_;
  std::multimap<std::string, const RecordingRule*> by_name_;
  std::set<const RecordingRule*> needed_;
};

}  // namespace

std::optional<std::string> missing_metric(const promql::Expression& expression,
                                          const Supply& supply) {
  const auto& recordings = supply.recordings;
  if (recordings.recorded.contains(promql::to_text(expression))) return std::nullopt;
  if (const auto* selector = expression->as<promql::Selector>()) {
    const auto text = promql::to_text(*selector);
    if (recordings.recorded.contains(text)) return std::nullopt;
    const auto* name = promql::metric_of(*selector);
    if (name == nullptr) return supply.metrics.empty() ? std::optional{text} : std::nullopt;
    return supply.metrics.contains(*name) ? std::nullopt : std::optional{*name};
  }
  if (const auto* call = expression->as<promql::Call>(); call && call->function == "timestamp") {
    const auto* selector = call->arguments.front()->as<promql::Selector>();
    if (selector && recordings.stand_ins.contains(promql::to_text(*selector))) return std::nullopt;
  }
  for (const auto& child : promql::children(expression)) {
    if (auto missing = missing_metric(child, supply)) return missing;
  }
  return std::nullopt;
}

boost::system::result<std::vector<RuleGroup>, std::string> needed(
    const std::vector<RuleGroup>& groups,
    const std::vector<std::pair<std::string, std::string>>& others, Supply supply) {
  Needs needs{groups, std::move(supply)};
  for (const auto* alert : alerts_of(groups)) {
    const auto what = "alert \"" + alert->name + "\"";
    if (auto fault = needs.add(title(alert->place, what, alert->expression), alert->expression)) {
      return *std::move(fault);
    }
  }
  for (const auto& [what, text] : others) {
    if (auto fault = needs.add(title("", what, text), text)) return *std::move(fault);
  }
  std::vector<RuleGroup> kept;
  for (const auto& group : groups) {
    kept.push_back({group.interval, {}});
    for (const auto& rule : group.rules) {
      const auto* recording = std::get_if<RecordingRule>(&rule);
      if (recording == nullptr || needs.has(*recording)) kept.back().rules.push_back(rule);
    }
    if (kept.back().rules.empty()) kept.pop_back();
  }
  return kept;
}

boost::system::result<std::string, std::string> recorded_expression(
    const std::vector<RuleGroup>& groups,
    const std::vector<std::pair<std::string, std::string>>& others, const Supply& supply,
    const std::vector<alert::Labels>& unnamed) {
  std::vector<std::string> candidates;
  for (const auto* alert : alerts_of(groups)) {
    const auto& compared = alert->measure.empty() ? alert->expression : alert->measure;
    if (std::find(candidates.begin(), candidates.end(), compared) == candidates.end()) {
      candidates.push_back(compared);
    }
  }
  std::string fault;
  for (const auto& candidate : candidates) {
    Supply with = supply;
    std::vector<promql::Series> series;
    series.reserve(unnamed.size());
    for (const auto& labels : unnamed) series.push_back({labels, {}});
    promql::record(with.recordings, *promql::parse(candidate), std::move(series));
    const auto all = needed(groups, others, std::move(with));
    if (all) return {boost::system::in_place_value, candidate};
    if (fault.empty()) fault = all.error();
  }
  if (candidates.size() < 2) return {boost::system::in_place_error, fault};
  return {boost::system::in_place_error,
          fmt::format("{} (series without a name are what one expression was recorded to be, and "
                      "the alerts compare several: {})",
                      fault, fmt::join(candidates, ", "))};
}

}  // namespace scalehook::simulate
