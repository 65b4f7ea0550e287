#include "core/app/scenario.hpp"

#include <fmt/format.h>

#include <set>
#include <tuple>
#include <utility>

#include "core/app/loading.hpp"
#include "core/config/duration.hpp"
#include "core/config/file.hpp"
#include "core/simulate/gzip.hpp"
#include "core/simulate/meaning.hpp"
#include "core/simulate/wording.hpp"

namespace scalehook::app {
namespace {

using namespace std::chrono_literals;

// What was wrong, a line each; none: nothing.
using Fault = std::optional<std::string>;

// With a recording without names, what --threshold compares.
constexpr const char* input_metric = "input";
// With a load.
constexpr const char* load_metric = "load_per_replica";

Fault duration(const char* flag, const std::string& text, std::chrono::seconds& to) {
  const auto parsed = config::parse_duration(text);
  if (!parsed) return std::string{flag} + ": \"" + text + "\" " + parsed.error() + "\n";
  to = *parsed;
  return std::nullopt;
}

Fault read_labels(const SimulateOptions& options, alert::Labels& labels) {
  for (const auto& label : options.labels) {
    const auto equals = label.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return "--label: \"" + label + "\" is no label; write NAME=VALUE\n";
    }
    labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  return std::nullopt;
}

Fault read_recording(const SimulateOptions& options, SimulateInputs& inputs) {
  std::vector<simulate::Trace> traces;
  for (const auto& file : options.inputs) {
    const auto text = simulate::read_gzip(file);
    if (!text) return file + ": " + text.error() + "\n";
    auto read = simulate::read_trace(*text, file);
    if (!read) return read.error() + "\n";
    traces.push_back(*std::move(read));
  }
  auto recording = simulate::Recording::of(std::move(traces), !options.rules_file.empty());
  if (!recording) return recording.error() + "\n";
  inputs.recording = std::make_shared<simulate::Recording>(*std::move(recording));
  for (const auto& [name, value] : inputs.labels) inputs.recording->label(name, value);
  return std::nullopt;
}

Fault read_load(const SimulateOptions& options, SimulateInputs& inputs) {
  const auto text = simulate::read_gzip(options.load);
  if (!text) return options.load + ": " + text.error() + "\n";
  auto read = simulate::Load::read(*text, options.load);
  if (!read) return read.error() + "\n";
  inputs.load = std::make_shared<const simulate::Load>(*std::move(read));
  return std::nullopt;
}

Fault read_threshold(const SimulateOptions& options, SimulateInputs& inputs) {
  simulate::AlertRule rule;
  const bool is_load = inputs.load != nullptr;
  const bool is_comparison = simulate::parse_comparison(options.threshold).has_value();
  if (!is_comparison && !is_load) {
    return "--threshold: \"" + options.threshold +
           "\" is no comparison with a number; write \"> 30\" (>, >=, <, <=, ==, !=)\n";
  }
  const auto expression =
      is_comparison ? fmt::format("{} {}", is_load ? load_metric : input_metric, options.threshold)
                    : options.threshold;
  if (const auto fault = simulate::set_expression(rule, expression)) {
    return "--threshold: \"" + options.threshold + "\": " + *fault +
           "; write \"> 30\", or \"utilization > 80\"\n";
  }
  rule.annotations = {{"value", "{{ $value }}"}};
  inputs.groups = {{std::nullopt, {rule}}};
  return duration("--for", options.pending,
                  std::get<simulate::AlertRule>(inputs.groups[0].rules[0]).pending);
}

Fault read_rules(const SimulateOptions& options, SimulateInputs& inputs) {
  if (options.rules_file.empty()) return read_threshold(options, inputs);
  const auto text = config::read_text(options.rules_file);
  if (!text) return options.rules_file + ": " + text.error() + "\n";
  auto read = simulate::read_rules(*text, options.rules_file, options.alerts);
  if (!read) return read.error();
  inputs.groups = *std::move(read);
  return std::nullopt;
}

Fault load_times(const SimulateOptions& options, simulate::Scenario& scenario) {
  const bool is_load = scenario.load.has_value();
  std::chrono::seconds interval{}, lag{}, scrape_interval{}, from{};
  const auto given = [](const std::string& text, const char* otherwise) {
    return text.empty() ? otherwise : text;
  };
  const std::vector<std::tuple<const char*, std::string, std::chrono::seconds*>> flags{
      {"--group-wait", options.group_wait, &scenario.group.wait},
      {"--group-interval", options.group_interval, &scenario.group.interval},
      {"--repeat-interval", options.repeat_interval, &scenario.group.repeat},
      {"--startup", given(options.startup, is_load ? "60s" : "30s"), &scenario.startup},
      {"--evaluation-interval", given(options.evaluation_interval, "15s"), &interval},
      {"--scrape-interval", options.scrape_interval, &scrape_interval},
      {"--lag", options.lag, &lag},
      {"--from", given(options.from, "0s"), &from}};
  for (const auto& [flag, text, to] : flags) {
    if (auto fault = duration(flag, text, *to)) return fault;
  }
  if (scenario.group.interval.count() == 0) return "--group-interval: must be above 0\n";
  if (interval.count() == 0) return "--evaluation-interval: must be above 0\n";
  if (scrape_interval.count() == 0) return "--scrape-interval: must be above 0\n";
  scenario.interval = interval;
  if (!options.evaluation_interval.empty()) {
    for (auto& group : scenario.groups) group.interval = interval;
  } else if (!is_load) {
    scenario.interval = scenario.recording->step();
  }
  if (!is_load) return std::nullopt;
  scenario.load->scrape_interval = scrape_interval;
  scenario.load->plant.lag = lag;
  scenario.load->plant.startup = scenario.startup;
  const auto& load = *scenario.load->load;
  scenario.spans = {{load.start() + from}};
  if (scenario.spans[0].from > load.end()) {
    return fmt::format("--from: the load is {} long, and ends before\n",
                       simulate::duration_text(load.end() - load.start()));
  }
  return std::nullopt;
}

// What the rules that take up the alerts ask Prometheus, with the words for it.
std::vector<std::pair<std::string, std::string>> queries(
    const config::Config& config, const std::vector<simulate::RuleGroup>& groups,
    const std::vector<alert::Labels>& series) {
  std::vector<std::pair<std::string, std::string>> all;
  if (config.prometheus_url.empty()) return all;
  std::set<const config::Rule*> asking;
  for (const auto* alert : simulate::alerts_of(groups)) {
    for (const auto& labels : series) {
      const auto* rule = simulate::meaning_of(config, *alert, labels).rule;
      if (rule == nullptr || !asking.insert(rule).second) continue;
      const auto& name = rule->selection.name;
      const auto& behavior = rule->behavior;
      if (!behavior.query.empty())
        all.emplace_back("query of rule \"" + name + "\"", behavior.query);
      if (!behavior.evidence_query.empty()) {
        all.emplace_back("evidence_query of rule \"" + name + "\"", behavior.evidence_query);
      }
    }
  }
  return all;
}

Fault load_config(const std::string& file, simulate::Scenario& scenario) {
  const auto checked = check(file);
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

// With --threshold a rule's query can be told: it is asked for the value that is compared. Else
// what is compared has no other name than its own.
Fault name_compared(const SimulateOptions& options, const config::Config& config,
                    const std::vector<alert::Labels>& series,
                    std::vector<simulate::RuleGroup>& groups) {
  std::set<std::string> known;
  for (const auto& [what, query] : queries(config, groups, series)) {
    if (what.starts_with("query")) known.insert(query);
  }
  if (known.size() != 1) return std::nullopt;
  auto& rule = std::get<simulate::AlertRule>(groups[0].rules[0]);
  const auto expression = fmt::format("({}) {}", *known.begin(), options.threshold);
  const auto fault = simulate::set_expression(rule, expression);
  return fault ? Fault{"--config.file: a rule's query: " + *fault + "\n"} : std::nullopt;
}

// Finds what the series without a name are, and leaves of the rules those that are needed.
Fault load_groups(const SimulateOptions& options, const SimulateInputs& inputs,
                  const std::vector<alert::Labels>& series, simulate::Scenario& scenario) {
  auto all = inputs.groups;
  if (inputs.recording && options.rules_file.empty()) {
    if (auto fault = name_compared(options, *scenario.config, series, all)) return fault;
  }
  const auto asked = queries(*scenario.config, all, series);
  std::vector<alert::Labels> unnamed;
  if (inputs.recording) {
    for (const auto& part : inputs.recording->parts()) {
      if (part.series.name.empty()) unnamed.push_back(part.series.labels);
    }
  }
  if (!unnamed.empty()) {
    auto recorded =
        simulate::recorded_expression(all, asked, simulate::supply_of(scenario), unnamed);
    if (!recorded) return recorded.error() + "\n";
    scenario.recorded = *std::move(recorded);
  }
  auto groups = simulate::needed(all, asked, simulate::supply_of(scenario));
  if (!groups) return groups.error() + "\n";
  scenario.groups = *std::move(groups);
  return std::nullopt;
}

Fault load(const SimulateOptions& options, const SimulateInputs& inputs,
           const std::string& config_file, LoadedScenario& loaded) {
  auto& scenario = loaded.scenario;
  if (auto fault = load_config(config_file, scenario)) return fault;
  scenario.recording = inputs.recording;
  std::vector<alert::Labels> series;
  if (inputs.load) {
    auto target = simulate::load_target(*scenario.config, inputs.groups, inputs.labels);
    if (!target) return target.error() + "\n";
    series = {target->labels};
    scenario.load = simulate::LoadedWorkload{inputs.load, {}, {}, target->labels, target->target};
    auto& plant = scenario.load->plant;
    plant.capacity = *options.capacity;
    plant.waits = options.unserved == "waits";
    plant.replicas = options.replicas.value_or(target->rule->behavior.limits.min);
    loaded.target = *std::move(target);
  } else {
    for (const auto& part : inputs.recording->parts()) series.push_back(part.series.labels);
  }
  if (auto fault = load_groups(options, inputs, series, scenario)) return fault;
  if (auto fault = load_times(options, scenario)) return fault;
  scenario.replicas = options.replicas.value_or(2);
  scenario.feedback = options.feedback;
  if (options.feedback && scenario.replicas == 0) {
    return "--feedback: needs --replicas above 0, among which the metric is divided\n";
  }
  const bool needs_all = !options.plot.empty();
  scenario.keep.points = scenario.keep.served = needs_all;
  scenario.keep.notifications = options.format == "json";
  return std::nullopt;
}

}  // namespace

boost::system::result<SimulateInputs, std::string> read_inputs(const SimulateOptions& options) {
  SimulateInputs inputs;
  if (auto fault = read_labels(options, inputs.labels)) return *std::move(fault);
  auto fault = options.load.empty() ? read_recording(options, inputs) : read_load(options, inputs);
  if (!fault) fault = read_rules(options, inputs);
  if (fault) return *std::move(fault);
  return inputs;
}

boost::system::result<LoadedScenario, std::string> load_scenario(const SimulateOptions& options,
                                                                 const SimulateInputs& inputs,
                                                                 const std::string& config_file) {
  LoadedScenario loaded;
  if (auto fault = load(options, inputs, config_file, loaded)) return *std::move(fault);
  return loaded;
}

}  // namespace scalehook::app
