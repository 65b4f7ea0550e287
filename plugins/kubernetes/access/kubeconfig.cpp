#include "plugins/kubernetes/access/kubeconfig.hpp"

#include <fmt/format.h>

#include "plugins/kubernetes/access/kubeconfig_keys.hpp"
#include "plugins/kubernetes/access/kubeconfig_sections.hpp"

namespace scalehook::kubernetes {
namespace {

std::string names(const Kubeconfig::Named& all) {
  std::string list;
  for (const auto& [name, node] : all) list += (list.empty() ? "\"" : ", \"") + name + "\"";
  return list.empty() ? "there is none" : "there is " + list;
}

}  // namespace

Access access_of(const Kubeconfig& config, const std::string& context) {
  const std::string& name = context.empty() ? config.current_context : context;
  if (name.empty()) {
    throw bad_access(fmt::format("{}: it has no current-context; set `context` ({})", config.files,
                                 names(config.contexts)));
  }
  const auto chosen = config.contexts.find(name);
  if (chosen == config.contexts.end()) {
    throw bad_access(
        fmt::format("{}: no context \"{}\"; {}", config.files, name, names(config.contexts)));
  }

  Access access;
  access.origin = fmt::format("context \"{}\" of {}", name, config.files);
  access.warnings = config.warnings;
  const Node& pair = chosen->second;
  warn_of_keys(pair, {"cluster", "user", "namespace", "extensions"}, access.warnings);
  if (const std::string space = pair.text("namespace"); !space.empty()) {
    access.default_namespace = space;
  }
  const auto cluster = config.clusters.find(pair.text("cluster"));
  if (cluster == config.clusters.end()) {
    pair.fail(fmt::format("context \"{}\" names the cluster \"{}\"; {}", name, pair.text("cluster"),
                          names(config.clusters)));
  }
  add_cluster(cluster->second, access);
  if (const std::string user = pair.text("user"); !user.empty()) {
    const auto found = config.users.find(user);
    if (found == config.users.end()) {
      pair.fail(
          fmt::format("context \"{}\" names the user \"{}\"; {}", name, user, names(config.users)));
    }
    add_user(found->second, cluster->second, access);
  }
  return access;
}

Access load_kubeconfig(const std::vector<std::filesystem::path>& files,
                       const std::string& context) {
  return access_of(read_kubeconfig(files), context);
}

}  // namespace scalehook::kubernetes
