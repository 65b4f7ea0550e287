// kubectl's configuration file: clusters, users, and contexts that pair them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "plugins/kubernetes/access.hpp"

namespace scalehook::kubernetes {

// The access that `context` (empty: the current-context) describes. Several files count as one, the
// first to name a thing wins, as with $KUBECONFIG. Relative paths are resolved against the file
// they stand in. What would need another program (exec, auth-provider) or another identity
// (impersonation), and passwords, which no API server accepts any more, are refused by name.
// Reads the kubeconfig only, not the files it names.
Access load_kubeconfig(const std::vector<std::filesystem::path>& files, const std::string& context);

}  // namespace scalehook::kubernetes
