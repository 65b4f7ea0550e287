// ExecCredential: what an exec plugin is told and answers (client.authentication.k8s.io).
#pragma once

#include <chrono>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>

#include "plugins/kubernetes/access/access.hpp"

namespace scalehook::kubernetes {

struct ExecCredential {
  std::string token;             // empty: none
  std::string certificate, key;  // PEM; both or none
  std::optional<std::chrono::sys_seconds> expires;
};

// The value of KUBERNETES_EXEC_INFO for access.exec. `authority`: the PEM text in use.
std::string exec_info(const Access& access, const std::string& authority);

// What the program wrote to stdout, which is to be of that version. A failure with the status
// denied and the code exec-bad-answer says what is wrong, and quotes none of it. Any thread.
outcome<ExecCredential> parse_exec_credential(const std::string& output,
                                              const std::string& api_version);

}  // namespace scalehook::kubernetes
