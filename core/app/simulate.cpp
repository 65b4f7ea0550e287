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

simulate::Rival play_hpa(const SimulateOptions& options, const LoadedScenario& loaded) {
  const auto& scenario = loaded.scenario;
  const bool asks = !scenario.config->prometheus_url.empty();
  auto hpa = simulate::implied_hpa(loaded.target, scenario.groups, asks, scenario.load->plant,
                                   options.hpa_target);
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
  if (!options.compare.empty()) return play_compared(options, *inputs, report);
  return std::nullopt;
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
