// Keys that kubectl passes over in silence.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/kubernetes/access/kubeconfig_node.hpp"

namespace scalehook::kubernetes {

// Adds a warning for each key of the mapping that is none of `known`, with the known one that it
// may be meant for, and for each that stands there twice. kubectl takes such a file, so it is not
// refused here; a mistyped key is looked for in vain all the same.
void warn_of_keys(const Node& mapping, std::initializer_list<std::string_view> known,
                  std::vector<std::string>& warnings);

}  // namespace scalehook::kubernetes
