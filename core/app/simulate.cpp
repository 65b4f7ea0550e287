#include "core/app/simulate.hpp"

#include <fstream>
#include <iostream>
#include <optional>
#include <tuple>
#include <utility>

#include "core/app/loading.hpp"
#include "core/config/duration.hpp"
#include "core/config/file.hpp"
#include "core/simulate/plot.hpp"
#include "core/simulate/report.hpp"
#include "core/simulate/simulation.hpp"

namespace scalehook::app {
namespace {

// What was wrong, a line each; none: nothing.
using Fault = std::optional<std::string>;

Fault duration(const char* flag, const std::string& text, std::chrono::seconds& to) {
  const auto parsed = config::parse_duration(text);
  if (!parsed) return std::string{flag} + ": \"" + text + "\" " + parsed.error() + "\n";
  to = *parsed;
  return std::nullopt;
}

// The targets' schemas are looked at; no plugin's instance is created.
Fault load_config(const SimulateOptions& options, simulate::Scenario& scenario) {
  const auto checked = check(options.config_file);
  if (!checked) return checked.error();
  const auto& config = checked->document.config;
  scenario.config = std::make_shared<const config::Config>(config);
  for (const auto& scaler : config.scalers) {
    scenario.checks[scaler.name] =
        [library = checked->catalog.find(scaler.plugin)](const plugin::TargetFields& fields) {
          return check_target(*library, fields);
        };
  }
  return std::nullopt;
}

Fault load_trace(const SimulateOptions& options, simulate::Trace& trace) {
  const auto text = config::read_text(options.input);
  if (!text) return options.input + ": " + text.error() + "\n";
  auto read = simulate::read_trace(*text, options.input);
  if (!read) return read.error() + "\n";
  trace = *std::move(read);
  for (const auto& label : options.labels) {
    const auto equals = label.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return "--label: \"" + label + "\" is no label; write NAME=VALUE\n";
    }
    for (auto& series : trace.series) {
      series.labels[label.substr(0, equals)] = label.substr(equals + 1);
    }
  }
  return std::nullopt;
}

Fault load_rule(const SimulateOptions& options, simulate::AlertRule& rule) {
  if (!options.rules_file.empty()) {
    const auto text = config::read_text(options.rules_file);
    if (!text) return options.rules_file + ": " + text.error() + "\n";
    auto read = simulate::read_rule(*text, options.rules_file, options.alert);
    if (!read) return read.error();
    rule = *std::move(read);
    return std::nullopt;
  }
  const auto comparison = simulate::parse_comparison(options.threshold);
  if (!comparison) {
    return "--threshold: \"" + options.threshold +
           "\" is no comparison with a number; write \"> 30\" (>, >=, <, <=, ==, !=)\n";
  }
  rule.comparison = *comparison;
  rule.annotations = {{"value", "{{ $value }}"}};
  return duration("--for", options.pending, rule.pending);
}

Fault load_times(const SimulateOptions& options, simulate::Scenario& scenario) {
  std::chrono::seconds interval{};
  const std::vector<std::tuple<const char*, std::string, std::chrono::seconds*>> flags{
      {"--group-wait", options.group_wait, &scenario.group.wait},
      {"--group-interval", options.group_interval, &scenario.group.interval},
      {"--repeat-interval", options.repeat_interval, &scenario.group.repeat},
      {"--startup", options.startup, &scenario.startup},
      {"--evaluation-interval",
       options.evaluation_interval.empty() ? "0" : options.evaluation_interval, &interval}};
  for (const auto& [flag, text, to] : flags) {
    if (auto fault = duration(flag, text, *to)) return fault;
  }
  if (scenario.group.interval.count() == 0) return "--group-interval: must be above 0\n";
  scenario.interval = scenario.trace.step;
  if (scenario.rule.interval) scenario.interval = *scenario.rule.interval;
  if (!options.evaluation_interval.empty()) scenario.interval = interval;
  if (scenario.interval.count() == 0) return "--evaluation-interval: must be above 0\n";
  return std::nullopt;
}

Fault load(const SimulateOptions& options, simulate::Scenario& scenario) {
  if (auto fault = load_config(options, scenario)) return fault;
  if (auto fault = load_trace(options, scenario.trace)) return fault;
  if (auto fault = load_rule(options, scenario.rule)) return fault;
  if (auto fault = load_times(options, scenario)) return fault;
  scenario.replicas = options.replicas;
  scenario.feedback = options.feedback;
  if (options.feedback && options.replicas == 0) {
    return "--feedback: needs --replicas above 0, among which the metric is divided\n";
  }
  return std::nullopt;
}

Fault write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text << std::flush;
  if (!file) return path + ": cannot be written\n";
  return std::nullopt;
}

}  // namespace

int simulate(const SimulateOptions& options) {
  const auto refuse = [](const std::string& fault) {
    std::cerr << fault;
    return 1;
  };
  simulate::Scenario scenario;
  if (const auto fault = load(options, scenario)) return refuse(*fault);
  const auto timeline = simulate::run(scenario);
  if (!timeline) return refuse(timeline.error() + "\n");
  if (!options.plot.empty()) {
    if (const auto fault = write_file(options.plot, simulate::plot(*timeline))) {
      return refuse(*fault);
    }
  }
  if (options.format == "json") {
    std::cout << simulate::as_json(*timeline);
  } else if (options.format == "csv") {
    std::cout << simulate::as_csv(*timeline);
  } else {
    std::cout << simulate::as_text(*timeline);
  }
  return 0;
}

}  // namespace scalehook::app
