#include "core/app/simulate.hpp"

#include <fstream>
#include <iostream>
#include <utility>

#include "core/app/scenario.hpp"
#include "core/simulate/implied_hpa.hpp"
#include "core/simulate/plot.hpp"
#include "core/simulate/report.hpp"

namespace scalehook::app {
namespace {

// What was wrong, a line each; none: nothing.
using Fault = std::optional<std::string>;

Fault write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text << std::flush;
  if (!file) return path + ": cannot be written\n";
  return std::nullopt;
}

simulate::ImpliedHpa hpa_of(const SimulateOptions& options, const LoadedScenario& loaded) {
  const auto& scenario = loaded.scenario;
  const bool asks = !scenario.config->prometheus_url.empty();
  return simulate::implied_hpa(loaded.target, scenario.groups, asks, scenario.load->plant,
                               options.hpa_target);
}

simulate::Rival play_hpa(const SimulateOptions& options, const LoadedScenario& loaded) {
  const auto& scenario = loaded.scenario;
  auto hpa = hpa_of(options, loaded);
  auto replay = simulate::judge_hpa(*scenario.load->load, scenario.load->plant, hpa.options,
                                    scenario.spans.front().from);
  simulate::Rival rival{"HPA", std::move(hpa.how), replay.verdict, {}};
  for (const auto& [at, replicas] : replay.changes) rival.changes.push_back({at, replicas});
  return rival;
}

Fault play_compared(const SimulateOptions& options, const SimulateInputs& inputs,
                    simulate::Report& report) {
  auto loaded = load_scenario(options, inputs, options.compare);
  if (!loaded) return loaded.error();
  loaded->scenario.keep = {false, false, false, false};
  const auto timeline = simulate::run(loaded->scenario);
  if (!timeline) return options.compare + ": " + timeline.error() + "\n";
  report.compared = {options.compare, "", timeline->verdicts.front(), {}};
  for (const auto& workload : timeline->workloads) {
    if (workload.target == rules::to_text(loaded->target.target)) {
      report.compared->changes = workload.changes;
    }
  }
  return std::nullopt;
}

Fault play_sweep(const SimulateOptions& options, const LoadedScenario& loaded,
                 simulate::Report& report) {
  const auto& scenario = loaded.scenario;
  const auto& alert = *loaded.target.alert;
  auto& suggestion = report.suggestion.emplace();
  suggestion.rule = loaded.target.rule->selection.name;
  suggestion.alert = alert.name;
  suggestion.measure = alert.measure;
  if (alert.comparison) {
    const auto text = simulate::to_text(*alert.comparison);
    suggestion.comparison = text.substr(0, text.find(' '));
  }
  auto swept =
      simulate::sweep(scenario, suggestion.rule, suggestion.alert, scenario.spans.front().from);
  if (!swept) return swept.error() + "\n";
  suggestion.sweep = *std::move(swept);
  const auto hpa = hpa_of(options, loaded).options;
  const auto judge = [&](const simulate::Span& span) {
    return simulate::judge_hpa(*scenario.load->load, scenario.load->plant, hpa, span.from, span.to)
        .verdict;
  };
  suggestion.hpa_tried = judge(suggestion.sweep.tried);
  suggestion.hpa_held_out = judge({suggestion.sweep.held_out.from});
  return std::nullopt;
}

Fault play(const SimulateOptions& options, simulate::Report& report) {
  const auto inputs = read_inputs(options);
  if (!inputs) return inputs.error();
  const auto loaded = load_scenario(options, *inputs, options.config_file);
  if (!loaded) return loaded.error();
  auto timeline = simulate::run(loaded->scenario);
  if (!timeline) return timeline.error() + "\n";
  report.timeline = *std::move(timeline);
  if (!loaded->scenario.load) return std::nullopt;
  report.hpa = play_hpa(options, *loaded);
  if (!options.compare.empty()) {
    if (auto fault = play_compared(options, *inputs, report)) return fault;
  }
  return options.suggest ? play_sweep(options, *loaded, report) : std::nullopt;
}

}  // namespace

int simulate(const SimulateOptions& options) {
  simulate::Report report;
  auto fault = play(options, report);
  if (!fault && !options.plot.empty()) fault = write_file(options.plot, simulate::plot(report));
  if (fault) {
    std::cerr << *fault;
    return 1;
  }
  if (options.format == "json") {
    std::cout << simulate::as_json(report);
  } else if (options.format == "csv") {
    std::cout << simulate::as_csv(report);
  } else {
    std::cout << simulate::as_text(report);
  }
  return 0;
}

}  // namespace scalehook::app
