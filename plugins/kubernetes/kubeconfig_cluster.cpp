#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "plugins/kubernetes/kubeconfig_keys.hpp"
#include "plugins/kubernetes/kubeconfig_sections.hpp"

namespace scalehook::kubernetes {
namespace {

// client-go's schemes. Never quoted: it may hold a password.
std::string proxy_of(const Node& cluster) {
  const std::string text = cluster.text("proxy-url");
  if (text.empty()) return {};
  const auto fail = [&](const std::string& why) {
    cluster.member("proxy-url")
        .fail(fmt::format("`proxy-url` {}; write http://HOST:PORT, https://HOST:PORT or "
                          "socks5://HOST:PORT, with USER:PASSWORD@ before HOST if it asks for one",
                          why));
  };
  const auto is = [&](std::string_view scheme) { return text.starts_with(scheme); };
  if (!is("http://") && !is("https://") && !is("socks5://")) fail("has another scheme");
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url{curl_url(), &curl_url_cleanup};
  const CURLUcode code =
      curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME);
  if (code != CURLUE_OK) fail(fmt::format("is not an address: {}", curl_url_strerror(code)));
  return text;
}

}  // namespace

void add_cluster(const Node& cluster, Access& access) {
  warn_of_keys(cluster,
               {"server", "tls-server-name", "insecure-skip-tls-verify", "certificate-authority",
                "certificate-authority-data", "proxy-url", "disable-compression", "extensions"},
               access.warnings);
  const std::string server = cluster.text("server");
  if (server.empty()) cluster.fail("the cluster has no `server`; write https://HOST:PORT");
  access.server = checked_server(server, cluster.member("server").place());
  access.tls_server_name = cluster.text("tls-server-name");
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
