#include <fmt/format.h>

#include <algorithm>

#include "plugins/kubernetes/access/kubeconfig_keys.hpp"
#include "plugins/kubernetes/access/kubeconfig_sections.hpp"

namespace scalehook::kubernetes {
namespace {

void refuse_unsupported(const Node& user) {
  const Node node = user.member("auth-provider");
  if (!node.present()) return;
  node.fail(
      "`auth-provider` is not supported: Kubernetes replaced it by `exec`; use that, the token of "
      "a service account (`token` or `tokenFile`) or a client certificate");
}

bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

// client-go sends credentials over TLS only, and says nothing where it does not.
void refuse_credentials_in_clear(const Node& user, const Node& cluster, const Access& access) {
  if (!access.server.starts_with("http://")) return;
  for (const char* const key : {"tokenFile", "token", "username", "password", "exec"}) {
    const Node member = user.member(key);
    if (!member.present() || (member.yaml.IsScalar() && member.yaml.Scalar().empty())) continue;
    member.fail(fmt::format(
        "`{}` would be sent in clear, for the `server` at {} {}; write https://HOST:PORT there, or "
        "remove the `{}`",
        key, cluster.member("server").place(),
        is_bare(cluster.text("server")) ? "has no scheme, which means http://" : "is http://",
        key));
  }
}

// As client-go: beside a token it is an error, and a password alone is not sent.
Login login_of(const Node& user, Access& access) {
  Login login{user.text("username"), user.text("password")};
  for (const auto& [key, text] :
       {std::pair{"username", &login.user}, {"password", &login.password}}) {
    if (std::ranges::any_of(*text, is_control)) {
      user.member(key).fail(fmt::format("the `{}` holds a control character; remove it", key));
    }
  }
  const Node name = user.member("username");
  if (login.user.find(':') != std::string::npos) {
    name.fail(
        "the `username` holds a colon, at which the server would end it (RFC 7617); remove it");
  }
  if (login.empty() && !login.password.empty()) {
    access.warnings.push_back(user.member("password").place() +
                              ": `password` without `username` is not used, as by kubectl");
    return {};
  }
  if (!login.empty() && !access.token.empty()) {
    name.fail("`username` and a token exclude each other; remove one");
  }
  return login;
}

// It becomes a header line, which a control character could break out of, and which libcurl leaves
// out if it is blank.
void check_header(const Node& node, const std::string& text) {
  if (std::ranges::any_of(text, [](char c) { return is_control(c) && c != '\t'; })) {
    node.fail("what is to be impersonated holds a control character; remove it");
  }
  if (!text.empty() && text.find_first_not_of(" \t") == std::string::npos) {
    node.fail("what is to be impersonated is blank; write a name, or remove it");
  }
}

std::vector<std::string> header_values(const Node& node, const std::string& key) {
  std::vector<std::string> values = node.texts(key);
  const std::vector<Node> places = node.list(key);
  for (std::size_t i = 0; i < values.size(); ++i) check_header(places[i], values[i]);
  return values;
}

}  // namespace

Impersonation impersonation_of(const Node& user) {
  Impersonation result;
  result.user = user.text("as");
  check_header(user.member("as"), result.user);
  result.uid = user.text("as-uid");
  check_header(user.member("as-uid"), result.uid);
  result.groups = header_values(user, "as-groups");
  const Node extra = user.member("as-user-extra");
  if (extra.present()) {
    if (!extra.yaml.IsMap()) extra.fail("`as-user-extra` must be a mapping of lists");
    for (const auto& pair : extra.yaml) {
      const std::string& key = pair.first.Scalar();
      if (key.empty()) Node{pair.first, user.file}.fail("a key of `as-user-extra` is empty");
      result.extra.emplace_back(key, header_values(extra, key));
    }
  }
  if (result.user.empty() &&
      !(result.uid.empty() && result.groups.empty() && result.extra.empty())) {
    user.fail("`as-uid`, `as-groups` and `as-user-extra` need the user's name in `as`");
  }
  return result;
}

void add_user(const Node& user, const Node& cluster, Access& access) {
  warn_of_keys(user,
               {"client-certificate", "client-certificate-data", "client-key", "client-key-data",
                "token", "tokenFile", "as", "as-uid", "as-groups", "as-user-extra", "username",
                "password", "auth-provider", "exec", "extensions"},
               access.warnings);
  refuse_unsupported(user);
  refuse_credentials_in_clear(user, cluster, access);
  access.certificate = user.pem("client-certificate");
  access.key = user.pem("client-key");
  if (access.certificate.empty() && !access.key.empty()) {
    access.warnings.push_back(access.key.where + " without `client-certificate` is not used");
    access.key = {};
  } else if (access.key.empty() && !access.certificate.empty()) {
    user.fail("`client-certificate` without `client-key`");
  }
  const std::string token = user.text("token");
  const std::filesystem::path file = user.path("tokenFile");
  if (!file.empty() || !token.empty()) {
    const char* const key = file.empty() ? "token" : "tokenFile";
    access.token = {token, file, fmt::format("{}: `{}`", user.member(key).place(), key)};
  }
  access.login = login_of(user, access);
  access.impersonation = impersonation_of(user);
  const Node exec = user.member("exec");
  if (!exec.present()) return;
  const char* const winner = !access.token.empty()         ? "token"
                             : !access.login.empty()       ? "username"
                             : !access.certificate.empty() ? "client certificate"
                                                           : nullptr;
  if (!winner) {
    access.exec = exec_of(user, cluster, access.warnings);
  } else {
    access.warnings.push_back(fmt::format(
        "{}: `exec` is not run, as by kubectl, for the user has a {} beside it; remove one",
        exec.place(), winner));
  }
}

}  // namespace scalehook::kubernetes
