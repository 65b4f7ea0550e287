// Where an API server is and who we are to it, as written down; nothing is connected to. What
// cannot be used is thrown as a scalehook::failure with the status invalid: what is wrong, where
// (file:line:column) and what to do.
#pragma once

#include <filesystem>
#include <scalehook/plugin.hpp>
#include <string>
#include <utility>

namespace scalehook::kubernetes {

inline failure bad_access(std::string explanation) {
  return invalid("bad-access", std::move(explanation));
}

// A token or PEM text: given as data, or in a file that is read again because it may rotate.
// `where` is for people: "users[\"admin\"] in /etc/kubeconfig:12:5".
struct Source {
  std::string data;
  std::filesystem::path file;  // wins over data when not empty
  std::string where;

  bool empty() const { return data.empty() && file.empty(); }
};

struct Access {
  std::string server;           // "https://host:port" or "https://host/prefix"; no slash at the end
  std::string tls_server_name;  // expected in the server's certificate; empty: the server's host
  std::string proxy;            // empty: as the environment says (HTTPS_PROXY, NO_PROXY)
  bool insecure_skip_tls_verify = false;
  Source authority;    // empty: the system's authorities
  Source certificate;  // of the client, with
  Source key;          //   its key
  Source token;
  std::string default_namespace = "default";  // of a target that names none
  std::string origin;                         // for people: `context "prod" of /etc/kubeconfig`
};

// What the settings of a scaler say about access; empty: not set.
struct AccessSettings {
  std::string kubeconfig;
  std::string context;
  std::string service_account_dir;
};

// In the order of kubectl: the setting, $KUBECONFIG, ~/.kube/config if there is one, the pod's
// service account.
Access find_access(const AccessSettings& settings);

// The service account that is mounted into every pod: {token, ca.crt, namespace} in `folder`, the
// server from KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT.
Access service_account(const std::filesystem::path& folder);

// `server` as it is used: an absolute http or https address without query or user, its slashes at
// the end removed. `where` begins the explanation of a failure.
std::string checked_server(const std::string& server, const std::string& where);

}  // namespace scalehook::kubernetes
