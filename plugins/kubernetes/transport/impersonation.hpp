// Impersonation as the API server reads it.
#pragma once

#include <string>
#include <vector>

#include "plugins/kubernetes/access/access.hpp"

namespace scalehook::kubernetes {

// The header lines "Impersonate-User: …", -Uid, -Group and -Extra-<key> as libcurl takes them; none
// without a user. What no header's name may hold is percent-encoded in a key, as by client-go.
std::vector<std::string> header_lines(const Impersonation& impersonation);

}  // namespace scalehook::kubernetes
