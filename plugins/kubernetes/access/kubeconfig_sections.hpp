// The parts of a kubeconfig, each into the access that it describes. All throw failures that begin
// with the place; what kubectl passes over becomes a warning of the access.
#pragma once

#include "plugins/kubernetes/access/access.hpp"
#include "plugins/kubernetes/access/kubeconfig_node.hpp"

namespace scalehook::kubernetes {

void add_cluster(const Node& cluster, Access& access);
// After the cluster.
void add_user(const Node& user, const Node& cluster, Access& access);

// The user's `exec`. Refused are versions that are gone and programs that must ask a person.
Exec exec_of(const Node& user, const Node& cluster, std::vector<std::string>& warnings);
// The user's `as`, `as-uid`, `as-groups` and `as-user-extra`.
Impersonation impersonation_of(const Node& user);

}  // namespace scalehook::kubernetes
