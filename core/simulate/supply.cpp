#include "core/promql/expression.hpp"
#include "core/simulate/exporter.hpp"
#include "core/simulate/simulation.hpp"

namespace scalehook::simulate {

Supply supply_of(const Scenario& scenario) {
  Supply supply;
  if (scenario.load) {
    const auto metrics = Exporter::metrics(scenario.load->plant.waits);
    supply.metrics = {metrics.begin(), metrics.end()};
    supply.metrics.insert("up");
    supply.remedy = "--load gives ";
    for (const auto& metric : metrics) {
      supply.remedy += metric == metrics.front()  ? metric
                       : metric == metrics.back() ? " and " + metric
                                                  : ", " + metric;
    }
    supply.remedy +=
        ": write the expression over these, or a recording rule that makes of them "
        "what it reads";
    return supply;
  }
  std::vector<promql::Series> unnamed;
  for (const auto& part : scenario.recording->parts()) {
    if (part.series.name.empty()) {
      unnamed.push_back({part.series.labels, {}});
    } else {
      supply.metrics.insert(part.series.name);
    }
  }
  if (!unnamed.empty() && !scenario.recorded.empty()) {
    promql::record(supply.recordings, *promql::parse(scenario.recorded), std::move(unnamed));
  }
  supply.remedy =
      "record it under its name, and give that with a further --input (the answer of "
      "/api/v1/query_range?query=NAME), or say with --alert which alerts are played";
  return supply;
}

}  // namespace scalehook::simulate
