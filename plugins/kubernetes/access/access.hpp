// Where an API server is and who we are to it, as written down; nothing is connected to. What
// cannot be used is thrown as a scalehook::failure with the status invalid: what is wrong, where
// (file:line:column) and what to do.
#pragma once

#include <filesystem>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace scalehook::kubernetes {

inline failure bad_access(std::string explanation) {
  return invalid("bad-access", std::move(explanation));
}

// A token or PEM text: given as data, or in a file that is read again because it may rotate.
// `where` is for people: "users[\"admin\"] in /etc/kubeconfig:12:5".
struct Source {
  std::string data;
  std::filesystem::path file;  // wins over data when not empty; a token's data stands in for it
                               // while it cannot be read
  std::string where;

  bool empty() const { return data.empty() && file.empty(); }
};

// A program that is asked for credentials (KEP 541, client.authentication.k8s.io).
struct Exec {
  std::string command{};  // with a slash: its absolute path; else looked for in PATH at each run
  std::vector<std::string> arguments{};
  std::vector<std::pair<std::string, std::string>> environment{};  // beside the daemon's own
  std::string api_version{};   // client.authentication.k8s.io/v1 or /v1beta1
  std::string install_hint{};  // for people, should the program be missing
  bool provide_cluster_info = false;
  std::string cluster_config{};  // JSON: the cluster's extension of that name; empty: none
  std::string where{};           // as in Source
};

// Who the API server is to take us for, beside the right to ask for that (the verb impersonate).
struct Impersonation {
  std::string user{};  // empty: nobody else, and the rest is empty too
  std::string uid{};
  std::vector<std::string> groups{};
  std::vector<std::pair<std::string, std::vector<std::string>>> extra{};
};

// Basic authentication (RFC 7617), which a proxy before the API server may ask for: Kubernetes took
// it until 1.19. Without control characters, the user without a colon.
struct Login {
  std::string user{};  // empty: none, and the password is empty too
  std::string password{};

  bool empty() const { return user.empty(); }
};

struct Access {
  std::string server;           // "https://host:port" or "https://host/prefix"; no slash at the end
  std::string tls_server_name;  // expected in the server's certificate; empty: the server's host
  std::string proxy;            // its URL, maybe with a password; empty: as the environment says
  bool insecure_skip_tls_verify = false;
  Source authority;    // empty: the system's authorities
  Source certificate;  // of the client, with
  Source key;          //   its key
  Source token;
  Login login;               // only without token
  std::optional<Exec> exec;  // only without certificate, token and login, which win
  Impersonation impersonation;
  std::string default_namespace = "default";  // of a target that names none
  std::string origin;                         // for people: `context "prod" of /etc/kubeconfig`
  std::vector<std::string> warnings;          // what kubectl passes over, and people should not
};

// What the settings of a scaler say about access; empty: not set.
struct AccessSettings {
  std::string kubeconfig;
  std::string context;
  std::string service_account_dir;
};

// In the order of kubectl: the setting, $KUBECONFIG (a list of files), ~/.kube/config, and where
// these do not exist or are empty the pod's service account.
Access find_access(const AccessSettings& settings);

// The service account that is mounted into every pod: {token, ca.crt, namespace} in `folder`, the
// server from KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT.
Access service_account(const std::filesystem::path& folder);

// `server` as it is used: an absolute http or https address without query or user, its scheme in
// small letters and its slashes at the end removed. A bare HOST or HOST:PORT is http, as for
// kubectl (client-go's DefaultServerURL, which is not told of certificates there). `where` begins
// the explanation of a failure, which does not quote it.
std::string checked_server(const std::string& server, const std::string& where);
// Whether it is a bare HOST or HOST:PORT.
bool is_bare(std::string_view server);

// A host as it stands in a URL: an address of IPv6 in brackets. Empty if it is none.
std::string url_host(const std::string& host);

}  // namespace scalehook::kubernetes
