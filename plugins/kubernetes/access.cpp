#include "plugins/kubernetes/access.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <system_error>

#include "plugins/kubernetes/file.hpp"
#include "plugins/kubernetes/kubeconfig.hpp"

namespace scalehook::kubernetes {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// As PATH: files between colons. Those that do not exist are left out, as kubectl does.
std::vector<std::filesystem::path> existing_files(const std::string& list) {
  std::vector<std::filesystem::path> files;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(':', begin), list.size());
    const std::filesystem::path file = list.substr(begin, end - begin);
    std::error_code ignored;
    if (!file.empty() && std::filesystem::exists(file, ignored)) files.push_back(file);
    begin = end + 1;
  }
  return files;
}

}  // namespace

std::string checked_server(const std::string& server, const std::string& where) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url{curl_url(), &curl_url_cleanup};
  if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, server.c_str(), 0)) {
    throw bad_access(fmt::format("{}: server \"{}\" is not an address: {}; write https://HOST:PORT",
                                 where, server, curl_url_strerror(code)));
  }
  const auto has = [&](CURLUPart part) {
    char* text = nullptr;
    const bool found = curl_url_get(url.get(), part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return found;
  };
  if (!server.starts_with("https://") && !server.starts_with("http://")) {
    throw bad_access(
        fmt::format("{}: server \"{}\" must begin with https:// or http://", where, server));
  }
  if (has(CURLUPART_USER) || has(CURLUPART_QUERY) || has(CURLUPART_FRAGMENT)) {
    throw bad_access(
        fmt::format("{}: server must be https://HOST:PORT, without user, query or "
                    "fragment; credentials belong into `users`",
                    where));
  }
  return server.substr(0, server.find_last_not_of('/') + 1);
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
  const bool bare_ipv6 = host.find(':') != std::string::npos && host.front() != '[';
  access.server =
      checked_server(fmt::format("https://{}:{}", bare_ipv6 ? "[" + host + "]" : host, port),
                     "KUBERNETES_SERVICE_HOST");
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
  if (const std::string list = environment("KUBECONFIG"); !list.empty()) {
    const auto files = existing_files(list);
    if (files.empty()) {
      throw bad_access(fmt::format("$KUBECONFIG names {}, and there is no such file", list));
    }
    return load_kubeconfig(files, settings.context);
  }
  if (const std::string home = environment("HOME"); !home.empty()) {
    const auto file = std::filesystem::path{home} / ".kube" / "config";
    std::error_code ignored;
    if (std::filesystem::exists(file, ignored)) return load_kubeconfig({file}, settings.context);
  }
  if (!settings.context.empty()) {
    throw bad_access(
        fmt::format("context \"{}\" is set, and there is no kubeconfig to find it in; "
                    "set `kubeconfig` as well",
                    settings.context));
  }
  return service_account(settings.service_account_dir);
}

}  // namespace scalehook::kubernetes
