#include <fmt/format.h>

#include "plugins/kubernetes/access/find_program.hpp"
#include "plugins/kubernetes/access/kubeconfig_keys.hpp"
#include "plugins/kubernetes/access/kubeconfig_sections.hpp"
#include "plugins/kubernetes/access/one_line.hpp"

namespace scalehook::kubernetes {
namespace {

constexpr const char* v1 = "client.authentication.k8s.io/v1";
constexpr const char* v1beta1 = "client.authentication.k8s.io/v1beta1";

void check_version(const Node& exec, const std::string& version) {
  if (version == v1 || version == v1beta1) return;
  const std::string remedy =
      fmt::format("write {} or {}, whichever the program answers with", v1, v1beta1);
  if (version.empty()) exec.fail(fmt::format("`exec` has no `apiVersion`; {}", remedy));
  exec.member("apiVersion")
      .fail(fmt::format(
          "`exec` of the version \"{}\" is not supported{}; {}", one_line(version, 80),
          version.ends_with("/v1alpha1") ? ": Kubernetes removed it in 1.24" : "", remedy));
}

void check_mode(const Node& exec, const std::string& version) {
  const std::string mode = exec.text("interactiveMode");
  if (mode == "Never" || mode == "IfAvailable" || (mode.empty() && version == v1beta1)) return;
  if (mode.empty()) {
    exec.fail(
        fmt::format("`exec` of {} has no `interactiveMode`; write `interactiveMode: Never`", v1));
  }
  const Node place = exec.member("interactiveMode");
  if (mode == "Always") {
    place.fail(
        "`interactiveMode: Always` needs a person at a terminal, and scalehook has none; use a "
        "program that answers without one, and write Never");
  }
  place.fail(fmt::format("`interactiveMode` is \"{}\"; it must be Never or IfAvailable",
                         one_line(mode, 40)));
}

std::string cluster_config(const Node& cluster) {
  for (const Node& extension : cluster.list("extensions")) {
    if (extension.text("name") != "client.authentication.k8s.io/exec") continue;
    const Node value = extension.member("extension");
    return value.present() ? to_json(value) : "";
  }
  return {};
}

}  // namespace

Exec exec_of(const Node& user, const Node& cluster, std::vector<std::string>& warnings) {
  const Node exec = user.member("exec");
  warn_of_keys(exec,
               {"command", "args", "env", "apiVersion", "installHint", "provideClusterInfo",
                "interactiveMode"},
               warnings);
  Exec result;
  result.where = exec.place() + ": `exec`";
  result.command = exec.text("command");
  if (result.command.empty()) exec.fail("`exec` has no `command`");
  if (result.command.find('/') != std::string::npos) result.command = exec.path("command").string();
  result.arguments = exec.texts("args");
  for (const Node& variable : exec.list("env")) {
    warn_of_keys(variable, {"name", "value"}, warnings);
    std::string name = variable.text("name");
    if (name.empty() || name.find('=') != std::string::npos) {
      variable.fail("a variable of `env` has no `name`, or one with `=` in it");
    }
    result.environment.emplace_back(std::move(name), variable.text("value"));
  }
  result.api_version = exec.text("apiVersion");
  check_version(exec, result.api_version);
  check_mode(exec, result.api_version);
  result.install_hint = exec.text("installHint");
  result.provide_cluster_info = exec.flag("provideClusterInfo");
  if (result.provide_cluster_info) result.cluster_config = cluster_config(cluster);
  // It may be installed yet: a failed call then, not a failed start.
  if (find_program(result.command).empty()) {
    const std::string hint = one_line(result.install_hint, 500);
    warnings.push_back(fmt::format("{}: there is no program {} now{}{}", result.where,
                                   result.command, hint.empty() ? "" : "; ", hint));
  }
  return result;
}

}  // namespace scalehook::kubernetes
