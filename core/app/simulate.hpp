// scalehook simulate
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace scalehook::app {

// As on the command line; durations as Prometheus writes them.
struct SimulateOptions {
  std::string config_file;  // empty: the built-in configuration
  std::string compare;      // another configuration; empty: none

  // Either recorded metrics or a load.
  std::vector<std::string> inputs;
  std::string load;
  std::optional<double> capacity;  // of one replica; with a load
  std::string unserved = "lost";   // or waits
  std::string lag = "0s";
  std::string scrape_interval = "15s";
  std::string from;  // how long after the start the verdict begins; empty: at the start
  std::optional<double> hpa_target;
  bool suggest = false;  // not as csv

  std::string format = "text";  // text, json or csv
  std::string plot;             // a file; empty: none

  // Either a rule file or a threshold.
  std::string rules_file;
  std::vector<std::string> alerts;  // names; none: all of the file
  std::string threshold;            // "> 30"; with a load also a whole expression
  std::string pending = "0s";
  std::vector<std::string> labels;  // "name=value"
  std::string evaluation_interval;  // empty: the groups', else the input's step, or 15s of a load

  std::string group_wait = "30s";
  std::string group_interval = "5m";
  std::string repeat_interval = "4h";

  std::optional<std::int64_t> replicas;  // none: 2, or the rule's limits.min of a load
  std::string startup;                   // empty: 30s, or 60s of a load
  bool feedback = false;
};

// Prints what came of it on standard output, and what is wrong on standard error. The exit status:
// 0, or 1 if anything is wrong with what it is given.
int simulate(const SimulateOptions& options);

}  // namespace scalehook::app
