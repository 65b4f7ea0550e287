// scalehook check-rules FILE…
#pragma once

#include <string>
#include <vector>

namespace scalehook::app {

struct CheckRulesOptions {
  std::vector<std::string> files;
  std::string config_file;  // empty: the built-in configuration
  std::string evaluation_interval = "1m";
  bool json = false;    // else a line each
  bool strict = false;  // warnings count as errors
};

// Prints what is found in the rule files on standard output, and what cannot be read on standard
// error. The exit status: 0, 1 if there is an error, 2 if a file or the configuration cannot be
// read.
int check_rules(const CheckRulesOptions& options);

}  // namespace scalehook::app
