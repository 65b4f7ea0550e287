#include "plugins/kubernetes/access/access.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "plugins/kubernetes/access/file.hpp"
#include "plugins/kubernetes/access/kubeconfig.hpp"

namespace scalehook::kubernetes {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// As PATH: files between colons, each once. Those that do not exist are left out, as by kubectl;
// those that cannot be looked at are not.
std::vector<std::filesystem::path> existing_files(const std::string& list) {
  std::vector<std::filesystem::path> files;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    const std::filesystem::path file = list.substr(begin, end - begin);
    begin = end + 1;
    if (file.empty() || std::ranges::find(files, file) != files.end()) continue;
    if (::access(file.c_str(), F_OK) == 0 || errno != ENOENT) files.push_back(file);
  }
  return files;
}

bool in_pod(const std::filesystem::path& folder) {
  std::error_code ignored;
  return !environment("KUBERNETES_SERVICE_HOST").empty() &&
         !environment("KUBERNETES_SERVICE_PORT").empty() &&
         std::filesystem::is_regular_file(folder / "token", ignored);
}

}  // namespace

bool is_bare(std::string_view server) { return server.find("://") == std::string_view::npos; }

std::string checked_server(const std::string& server, const std::string& where) {
  // Quoted nowhere: somebody may have written a password into it.
  const auto refuse = [&](const std::string& why) {
    throw bad_access(fmt::format("{}: server {}; write https://HOST:PORT", where, why));
  };
  std::string address = is_bare(server) ? "http://" + server : server;
  for (std::size_t i = 0; i < address.find("://"); ++i) {
    if (address[i] >= 'A' && address[i] <= 'Z') address[i] = static_cast<char>(address[i] | 0x20);
  }
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url{curl_url(), &curl_url_cleanup};
  if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0)) {
    refuse(fmt::format("is not an address: {}", curl_url_strerror(code)));
  }
  const auto has = [&](CURLUPart part) {
    char* text = nullptr;
    const bool found = curl_url_get(url.get(), part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return found;
  };
  if (!address.starts_with("https://") && !address.starts_with("http://")) {
    refuse("does not begin with https:// or http://");
  }
  if (std::ranges::any_of(
          std::array{CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT},
          has)) {
    refuse("has a user, query or fragment (credentials belong into `users`)");
  }
  address.erase(address.find_last_not_of('/') + 1);
  if (is_bare(server) && address.find('/', std::string_view{"http://"}.size()) != address.npos) {
    refuse("has a path and no scheme");
  }
  return address;
}

std::string url_host(const std::string& host) {
  const bool bare_ipv6 = host.find(':') != std::string::npos && !host.starts_with('[');
  const std::string result = bare_ipv6 ? "[" + host + "]" : host;
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url{curl_url(), &curl_url_cleanup};
  const bool good = curl_url_set(url.get(), CURLUPART_HOST, result.c_str(), 0) == CURLUE_OK;
  return good ? result : "";
}

Access service_account(const std::filesystem::path& folder) {
  const std::string host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    throw bad_access(
        "no cluster: there is no `kubeconfig` setting, no $KUBECONFIG, no ~/.kube/config, and "
        "outside a pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT) no service account; "
        "set `kubeconfig`");
  }
  Access access;
  access.origin = fmt::format("the service account in {}", folder.string());
  access.server =
      checked_server(fmt::format("https://{}:{}", url_host(host), port), "KUBERNETES_SERVICE_HOST");
  access.token = {{}, folder / "token", access.origin};
  access.authority = {{}, folder / "ca.crt", access.origin};
  // Only a default for targets: a missing file is no reason to fail.
  if (const auto text = read_file(folder / "namespace")) {
    const std::size_t end = text->find_last_not_of(" \r\n\t");
    if (end != std::string::npos) access.default_namespace = text->substr(0, end + 1);
  }
  return access;
}

Access find_access(const AccessSettings& settings) {
  if (!settings.kubeconfig.empty()) {
    return load_kubeconfig({settings.kubeconfig}, settings.context);
  }
  std::string list = environment("KUBECONFIG");
  const bool listed = !list.empty();
  if (const std::string home = environment("HOME"); !listed && !home.empty()) {
    list = (std::filesystem::path{home} / ".kube" / "config").string();
  }
  const auto files = existing_files(list);
  const Kubeconfig config = read_kubeconfig(files);
  const bool pod = in_pod(settings.service_account_dir);
  // Outside a pod, one that says nothing is a mistake that access_of tells.
  if (!config.empty() || (!files.empty() && !pod)) return access_of(config, settings.context);
  if (!settings.context.empty()) {
    throw bad_access(
        fmt::format("context \"{}\" is set, and there is no kubeconfig to find it in; "
                    "set `kubeconfig` as well",
                    settings.context));
  }
  if (listed && !pod) {
    throw bad_access(fmt::format("$KUBECONFIG names {}, and there is no such file", list));
  }
  Access access = service_account(settings.service_account_dir);
  if (listed) {
    access.warnings.push_back(
        fmt::format("$KUBECONFIG names {}, and there is nothing in it; {} is "
                    "used, as by kubectl",
                    list, access.origin));
  }
  return access;
}

}  // namespace scalehook::kubernetes
