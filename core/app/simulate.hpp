// scalehook simulate
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace scalehook::app {

// As on the command line; durations as Prometheus writes them.
struct SimulateOptions {
  std::string config_file;  // empty: the built-in configuration
  std::string input;
  std::string format = "text";  // text, json or csv
  std::string plot;             // a file; empty: none

  // Either a rule file or a threshold.
  std::string rules_file;
  std::string alert;      // empty: the only alerting rule of the file
  std::string threshold;  // "> 30"
  std::string pending = "0s";
  std::vector<std::string> labels;  // "name=value"
  std::string evaluation_interval;  // empty: the rule file's, else the trace's step

  std::string group_wait = "30s";
  std::string group_interval = "5m";
  std::string repeat_interval = "4h";

  std::int64_t replicas = 2;
  std::string startup = "30s";
  bool feedback = false;
};

// Prints the timeline on standard output, and what is wrong on standard error. The exit status: 0,
// or 1 if anything is wrong with what it is given.
int simulate(const SimulateOptions& options);

}  // namespace scalehook::app
