// The files of a kubeconfig, as one.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "plugins/kubernetes/access/kubeconfig_node.hpp"

namespace scalehook::kubernetes {

struct Kubeconfig {
  using Named = std::map<std::string, Node>;  // what stands under `cluster`, `user`, `context`

  Named clusters, users, contexts;
  std::string current_context;
  std::string files;  // for people: with colons between them
  std::vector<std::string> warnings;

  bool empty() const {
    return clusters.empty() && users.empty() && contexts.empty() && current_context.empty();
  }
};

// As client-go merges: the first file to use a name defines it whole, the first to set a
// current-context sets it, and an empty file adds nothing. Throws a failure of a file that cannot
// be read, is no kubeconfig of v1, or uses a name twice in one list.
Kubeconfig read_kubeconfig(const std::vector<std::filesystem::path>& files);

}  // namespace scalehook::kubernetes
