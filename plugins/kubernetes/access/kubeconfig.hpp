// kubectl's configuration file: clusters, users, and contexts that pair them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plugins/kubernetes/access/access.hpp"
#include "plugins/kubernetes/access/kubeconfig_files.hpp"

namespace scalehook::kubernetes {

// The access that `context` (empty: the current-context) describes. Relative paths are resolved
// against the file they stand in, but for an `exec.command` without a slash. Refused by name is
// `auth-provider`. Reads none of the files that the kubeconfig names, and runs nothing.
Access access_of(const Kubeconfig& config, const std::string& context);

// The same of these files, merged as read_kubeconfig does.
Access load_kubeconfig(const std::vector<std::filesystem::path>& files, const std::string& context);

}  // namespace scalehook::kubernetes
