#include <fmt/format.h>

#include "plugins/kubernetes/access/kubeconfig_keys.hpp"
#include "plugins/kubernetes/access/kubeconfig_sections.hpp"
#include "plugins/kubernetes/access/proxy.hpp"

namespace scalehook::kubernetes {
namespace {

std::string proxy_of(const Node& cluster) {
  std::string url = cluster.text("proxy-url");
  if (url.empty()) return {};
  if (const auto proxy = parse_proxy(url); !proxy) {
    cluster.member("proxy-url").fail("`proxy-url` " + proxy.error().explanation);
  }
  return url;
}

}  // namespace

void add_cluster(const Node& cluster, Access& access) {
  warn_of_keys(cluster,
               {"server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority",
                "certificate-authority-data", "proxy-url", "disable-compression", "extensions"},
               access.warnings);
  const std::string server = cluster.text("server");
  if (server.empty()) cluster.fail("the cluster has no `server`; write https://HOST:PORT");
  const std::string place = cluster.member("server").place();
  access.server = checked_server(server, place);
  if (is_bare(server)) {
    access.warnings.push_back(
        fmt::format("{}: the `server` has no scheme and is asked without TLS at {}, as by kubectl; "
                    "write http:// or https:// before it",
                    place, access.server));
  }
  access.tls_server_name = cluster.text("tls-server-name");
  if (!access.tls_server_name.empty() && url_host(access.tls_server_name).empty()) {
    cluster.member("tls-server-name")
        .fail("`tls-server-name` is no name of a host; write it as in the server's certificate");
  }
  access.proxy = proxy_of(cluster);
  access.insecure_skip_tls_verify = cluster.flag("insecure-skip-tls-verify");
  access.authority = cluster.pem("certificate-authority");
  if (access.insecure_skip_tls_verify && !access.authority.empty()) {
    cluster.fail(
        "`insecure-skip-tls-verify` and a certificate-authority exclude each other; "
        "remove the former");
  }
}

}  // namespace scalehook::kubernetes
