// What the command line says.
#pragma once

#include <string>
#include <vector>

namespace scalehook::app {

struct ServeOptions {
  std::string config_file;  // empty: the built-in configuration
  std::string storage_path = "data";
  std::vector<std::string> listen_addresses{":9095"};
};

}  // namespace scalehook::app
