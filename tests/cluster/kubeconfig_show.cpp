// Shows the access that the Kubernetes plugins find, secrets and all, as one line of JSON in the
// words of `kubectl config view --flatten --raw -o json`.
//   kubeconfig-show [--context NAME]
// Ends with 1 and the reason if there is none.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <iostream>
#include <string>

#include "plugins/kubernetes/access/access.hpp"
#include "plugins/kubernetes/access/file.hpp"

namespace {

namespace json = boost::json;
namespace kubernetes = scalehook::kubernetes;

// Members that are empty are left out, as kubectl does.
void add(json::object& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void add(json::object& object, const char* key, const kubernetes::Source& source) {
  if (source.file.empty()) return add(object, key, source.data);
  const auto text = kubernetes::read_file(source.file);
  if (!text) throw scalehook::failure{text.error()};
  add(object, key, *text);
}

json::object show(const kubernetes::Exec& exec) {
  json::array environment;
  for (const auto& [name, value] : exec.environment) {
    environment.push_back({{"name", name}, {"value", value}});
  }
  json::object result{{"command", exec.command},
                      {"args", json::value_from(exec.arguments)},
                      {"env", std::move(environment)},
                      {"apiVersion", exec.api_version},
                      {"provideClusterInfo", exec.provide_cluster_info}};
  add(result, "installHint", exec.install_hint);
  if (!exec.cluster_config.empty()) result["config"] = json::parse(exec.cluster_config);
  return result;
}

json::object show(const kubernetes::Access& access) {
  json::object cluster{{"server", access.server}};
  add(cluster, "tls-server-name", access.tls_server_name);
  add(cluster, "proxy-url", access.proxy);
  add(cluster, "certificate-authority-data", access.authority);
  if (access.insecure_skip_tls_verify) cluster["insecure-skip-tls-verify"] = true;
  json::object user;
  add(user, "client-certificate-data", access.certificate);
  add(user, "client-key-data", access.key);
  add(user, "token", access.token.data);
  add(user, "tokenFile", access.token.file.string());
  add(user, "username", access.login.user);
  add(user, "password", access.login.password);
  if (access.exec) user["exec"] = show(*access.exec);
  add(user, "as", access.impersonation.user);
  add(user, "as-uid", access.impersonation.uid);
  if (!access.impersonation.groups.empty()) {
    user["as-groups"] = json::value_from(access.impersonation.groups);
  }
  json::object extra;
  for (const auto& [key, values] : access.impersonation.extra) {
    extra[key] = json::value_from(values);
  }
  if (!extra.empty()) user["as-user-extra"] = std::move(extra);
  return {{"cluster", std::move(cluster)},
          {"user", std::move(user)},
          {"namespace", access.default_namespace},
          {"warnings", json::value_from(access.warnings)}};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Shows the access that the Kubernetes plugins find, secrets and all");
  kubernetes::AccessSettings settings{{}, {}, "/var/run/secrets/kubernetes.io/serviceaccount"};
  app.add_option("--context", settings.context, "The context; else the current one");
  CLI11_PARSE(app, argc, argv);
  try {
    std::cout << show(kubernetes::find_access(settings)) << '\n';
  } catch (const scalehook::failure& fault) {
    std::cerr << fault.explanation << '\n';
    return 1;
  }
  return 0;
}
