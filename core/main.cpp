// scalehook: scales workloads from Prometheus Alertmanager webhooks.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "core/app/check_config.hpp"
#include "core/app/check_rules.hpp"
#include "core/app/explain.hpp"
#include "core/app/pause.hpp"
#include "core/app/serve.hpp"
#include "core/app/simulate.hpp"
#include "core/app/version.hpp"
#include "core/telemetry/log.hpp"

namespace {

using namespace scalehook;

CLI::App* add_explain(CLI::App& cli, app::ExplainOptions& options) {
  auto* command = cli.add_subcommand("explain", "Tell what happened to a workload, and why");
  command->add_option("TARGET", options.target,
                      "The workload, or a part of its name: checkout, shop/checkout; without it "
                      "all of them");
  command->add_option("--since", options.since, "A time (RFC 3339), or how long back")
      ->capture_default_str();
  command->add_option("--limit", options.limit, "The most decisions to tell of")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  auto* url = command->add_option("--url", options.url, "The daemon to ask");
  url->capture_default_str();
  command
      ->add_option("--storage.path", options.storage_path,
                   "Read this folder instead, whether the daemon runs or not")
      ->excludes(url);
  command->add_option("--format", options.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  return command;
}

CLI::App* add_pausing(CLI::App& cli, const char* name, const char* does,
                      app::PauseOptions& options) {
  auto* command = cli.add_subcommand(name, does);
  command->add_option("--target", options.target, "Only this workload; a part of its name will do");
  command->add_option("--rule", options.rule, "Only what this rule asks for");
  command->add_option("--url", options.url, "The daemon to ask")->capture_default_str();
  return command;
}

CLI::App* add_pause(CLI::App& cli, app::PauseOptions& options) {
  auto* command =
      add_pausing(cli, "pause", "Scale a workload, or everything, no more for a while", options);
  command->add_option("--direction", options.direction, "in or out; both if not given")
      ->check(CLI::IsMember({"in", "out"}));
  auto* length = command->add_option("--for", options.length,
                                     "How long, as 2h; without it until it is resumed");
  command->add_option("--until", options.until, "Until when (RFC 3339)")->excludes(length);
  command->add_option("--comment", options.comment, "Why, for those who wonder");
  return command;
}

// What is said of any other number by CLI11 names its limits in 300 digits.
std::string above_zero(const std::string& text) {
  double number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool is_above = error == std::errc{} && stop == end && number > 0 && std::isfinite(number);
  return is_above ? "" : "must be a number above 0";
}

CLI::App* add_simulate(CLI::App& cli, app::SimulateOptions& options) {
  auto* simulate = cli.add_subcommand(
      "simulate",
      "Play a recorded metric, or a load, through Prometheus, Alertmanager and the decisions");
  std::string group;
  const auto text = [&](const char* flag, std::string& to, const char* what) {
    return simulate->add_option(flag, to, what)->capture_default_str()->group(group);
  };
  group = "What is played";
  text("--config.file", options.config_file,
       "Configuration file; without it the labels of an alert say everything");
  auto* input =
      simulate
          ->add_option("--input", options.inputs,
                       "CSV of times and values, or an answer of Prometheus's "
                       "/api/v1/query_range; may be gzipped; repeatable, for several metrics")
          ->group(group);
  auto* load = text("--load", options.load,
                    "In place of --input: CSV of times and of the load that comes in, all of it; "
                    "may be gzipped. It makes the metrics load, load_per_replica and utilization")
                   ->excludes(input);
  auto* rules = text("--rules.file", options.rules_file, "Prometheus rule file");
  simulate
      ->add_option("--alert", options.alerts,
                   "One of its alerting rules; repeatable; without it all of them")
      ->needs(rules)
      ->group(group);
  auto* threshold = text("--threshold", options.threshold,
                         "In place of a rule file: the comparison, such as \"> 30\"; with --load "
                         "of load_per_replica, or \"utilization > 80\"");
  text("--for", options.pending, "and how long it must hold")->needs(threshold);
  threshold->excludes(rules);
  simulate->add_option("--label", options.labels, "NAME=VALUE, a label of the metric; repeatable")
      ->group(group);

  group = "How things stand";
  text("--scrape-interval", options.scrape_interval, "of Prometheus, with --load")->needs(load);
  text("--evaluation-interval", options.evaluation_interval,
       "of the rules (default: their group's interval, else the input's step, or 15s with --load)");
  text("--lag", options.lag, "How old a metric is when it is scraped, with --load")->needs(load);
  text("--group-wait", options.group_wait, "Alertmanager's group_wait");
  text("--group-interval", options.group_interval, "Alertmanager's group_interval");
  text("--repeat-interval", options.repeat_interval, "Alertmanager's repeat_interval");
  simulate
      ->add_option(
          "--replicas", options.replicas,
          "of the workload at the start (default: 2, or the rule's limits.min with --load)")
      ->check(CLI::Range(0, 100'000))
      ->group(group);
  text("--startup", options.startup,
       "Time until a new replica is ready (default: 30s, or 60s with --load)");
  simulate
      ->add_flag("--feedback", options.feedback,
                 "The metric is divided among the replicas: more of them lower it")
      ->excludes(load)
      ->group(group);
  simulate
      ->add_option("--capacity", options.capacity,
                   "Of the load, how much one ready replica can serve; with --load")
      ->check(above_zero)
      ->needs(load)
      ->group(group);
  text("--unserved", options.unserved,
       "lost or waits: what becomes of the load that cannot be served, with --load. Where it waits "
       "there are the metrics backlog and latency_seconds too")
      ->check(CLI::IsMember({"lost", "waits"}))
      ->needs(load);

  group = "What is told";
  text("--format", options.format, "text, json or csv")
      ->check(CLI::IsMember({"text", "json", "csv"}));
  text("--plot", options.plot, "Draw an SVG into this file");
  text("--from", options.from, "How long after the start the verdict begins, as 7d; with --load")
      ->needs(load);
  simulate
      ->add_option("--hpa-target", options.hpa_target,
                   "Load per replica of the HorizontalPodAutoscaler beside it (default: what the "
                   "rule implies); with --load")
      ->check(above_zero)
      ->needs(load)
      ->group(group);
  text("--compare", options.compare,
       "Another configuration file to take the verdict of, with --load")
      ->needs(load);
  simulate
      ->add_flag("--suggest", options.suggest,
                 "Try other settings of the rule on the load, and tell which are worth having")
      ->needs(load)
      ->group(group);
  simulate->footer("Exit status: 0, 1 a file or a value is wrong, 2 the command line is wrong.");
  simulate->callback([&options, input, load, rules, threshold] {
    if (input->count() + load->count() == 0) throw CLI::RequiredError{"--input or --load"};
    if (rules->count() + threshold->count() == 0) {
      throw CLI::RequiredError{"--rules.file or --threshold"};
    }
    if (load->count() > 0 && !options.capacity) {
      throw CLI::ValidationError{
          "--load",
          "needs --capacity: how much of the load one ready replica can serve, such as 100"};
    }
    if (options.suggest && options.format == "csv") {
      throw CLI::ValidationError{"--suggest",
                                 "needs --format text or json: csv has no place for it"};
    }
  });
  return simulate;
}

int run(int argc, char** argv) {
  CLI::App cli{"Scales workloads from Prometheus Alertmanager webhooks."};
  cli.set_version_flag("--version", "scalehook " + app::version());
  // One; but if CLI11 asked for it, it would say of a misspelt one that there is none.
  cli.require_subcommand(0, 1);

  std::string level = "info";
  std::string format = "logfmt";
  app::ServeOptions options;
  auto* serve = cli.add_subcommand("serve", "Receive webhooks and scale");
  serve->add_option("--config.file", options.config_file,
                    "Configuration file; without it the labels of an alert say everything");
  serve->add_option("--storage.path", options.storage_path, "Folder of the journal")
      ->capture_default_str();
  serve
      ->add_option("--web.listen-address", options.listen_addresses,
                   "Address to listen on, repeatable")
      ->capture_default_str();
  serve->add_option("--log.level", level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->capture_default_str();
  serve->add_option("--log.format", format, "logfmt or json")
      ->check(CLI::IsMember({"logfmt", "json"}))
      ->capture_default_str();

  std::vector<std::string> files;
  auto* check =
      cli.add_subcommand("check-config", "Check configuration files, and say every mistake");
  check->add_option("FILE", files, "Configuration files")->required();

  bool syntax_only = false;
  check->add_flag("--syntax-only", syntax_only,
                  "Do not look at the files that plugins' settings name, such as a kubeconfig");

  app::CheckRulesOptions rules;
  std::string rules_format = "text";
  auto* check_rules = cli.add_subcommand(
      "check-rules", "Check Prometheus rule files for what breaks scaling by alerts");
  check_rules->add_option("FILE", rules.files, "Prometheus rule files")->required();
  check_rules->add_option("--config.file", rules.config_file,
                          "Configuration whose rules the alerts are held against; without it the "
                          "built-in one");
  check_rules
      ->add_option("--evaluation-interval", rules.evaluation_interval,
                   "Prometheus's evaluation_interval, for groups without an interval of their own")
      ->capture_default_str();
  check_rules->add_option("--format", rules_format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  check_rules->add_flag("--strict", rules.strict, "Exit with 1 for warnings too");
  check_rules->footer(
      "Exit status: 0 no error (there may be warnings), 1 errors were found, 2 a file or the\n"
      "configuration could not be read, or the command line is wrong.");

  app::ExplainOptions question;
  auto* explain = add_explain(cli, question);
  app::PauseOptions pausing;
  auto* pause = add_pause(cli, pausing);
  auto* resume = add_pausing(cli, "resume", "End a pause; every one if nothing is named", pausing);

  app::SimulateOptions simulated;
  auto* simulate = add_simulate(cli, simulated);

  try {
    cli.parse(argc, argv);
    if (cli.get_subcommands().empty()) throw CLI::RequiredError::Subcommand(1);
  } catch (const CLI::ParseError& fault) {
    return cli.exit(fault) == EXIT_SUCCESS ? EXIT_SUCCESS : 2;
  }
  if (*check) return app::check_config(files, syntax_only);
  if (*check_rules) {
    rules.json = rules_format == "json";
    return app::check_rules(rules);
  }
  if (*explain) return app::explain(question);
  if (*pause) return app::pause(pausing);
  if (*resume) return app::resume(pausing);
  if (*simulate) {
    log::setup(log::Level::error, log::Format::logfmt);
    return app::simulate(simulated);
  }
  log::setup(*log::parse_level(level), *log::parse_format(format));
  return app::serve(options);
}

// Else the first files that are opened, or a plugin's program, would be taken for those.
void fill_standard_streams() {
  int fd = -1;
  do fd = ::open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  fill_standard_streams();
  try {
    return run(argc, argv);
  } catch (const std::exception& fault) {
    std::cerr << "scalehook: " << fault.what() << "\n";
    return EXIT_FAILURE;
  }
}
