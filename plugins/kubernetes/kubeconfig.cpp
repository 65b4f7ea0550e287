#include "plugins/kubernetes/kubeconfig.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>

#include "plugins/kubernetes/file.hpp"

namespace scalehook::kubernetes {
namespace {

namespace fs = std::filesystem;

// A node with the file it stands in, for places and relative paths.
struct Node {
  YAML::Node yaml;
  fs::path file;

  std::string place() const {
    const YAML::Mark mark = yaml.Mark();
    if (mark.is_null()) return file.string();
    return fmt::format("{}:{}:{}", file.string(), mark.line + 1, mark.column + 1);
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw bad_access(fmt::format("{}: {}", place(), message));
  }
  // A member that is absent, null and "" are the same to kubectl.
  Node member(const char* key) const {
    if (!yaml.IsDefined() || yaml.IsNull()) return {YAML::Node{YAML::NodeType::Undefined}, file};
    if (!yaml.IsMap()) fail(fmt::format("expected a mapping with `{}`", key));
    return {yaml[key], file};
  }
  bool present() const { return yaml.IsDefined() && !yaml.IsNull(); }
  std::string text(const char* key) const {
    const Node value = member(key);
    if (!value.present()) return {};
    if (!value.yaml.IsScalar()) value.fail(fmt::format("`{}` must be a string", key));
    return value.yaml.Scalar();
  }
  bool flag(const char* key) const {
    const Node value = member(key);
    if (!value.present()) return false;
    bool result = false;
    if (!value.yaml.IsScalar() || !YAML::convert<bool>::decode(value.yaml, result)) {
      value.fail(fmt::format("`{}` must be true or false", key));
    }
    return result;
  }
};

using Named = std::map<std::string, Node>;

std::string names(const Named& all) {
  std::string list;
  for (const auto& [name, node] : all) list += (list.empty() ? "\"" : ", \"") + name + "\"";
  return list.empty() ? "there is none" : "there is " + list;
}

struct Kubeconfig {
  Named clusters, users, contexts;
  std::string current_context;
  std::string files;  // for people
};

// `key: [{name: …, <singular>: {…}}, …]`; the first to use a name wins.
void collect(const Node& root, const char* key, const char* singular, Named& into) {
  const Node list = root.member(key);
  if (!list.present()) return;
  if (!list.yaml.IsSequence()) list.fail(fmt::format("`{}` must be a list", key));
  for (const YAML::Node& yaml : list.yaml) {
    const Node item{yaml, root.file};
    const std::string name = item.text("name");
    if (name.empty()) item.fail(fmt::format("an entry of `{}` has no name", key));
    const Node value = item.member(singular);
    if (!value.present()) item.fail(fmt::format("\"{}\" has no `{}`", name, singular));
    if (!value.yaml.IsMap()) value.fail(fmt::format("`{}` must be a mapping", singular));
    into.emplace(name, value);
  }
}

Kubeconfig parse(const std::vector<fs::path>& files) {
  Kubeconfig result;
  for (const fs::path& file : files) {
    const auto text = read_file(file);
    if (!text) {
      throw bad_access(fmt::format("{}: cannot read the kubeconfig: {}", file.string(),
                                   text.error().explanation));
    }
    Node root{{}, file};
    try {
      root.yaml = YAML::Load(*text);
    } catch (const YAML::ParserException& error) {
      throw bad_access(fmt::format("{}:{}:{}: not YAML: {}", file.string(), error.mark.line + 1,
                                   error.mark.column + 1, error.msg));
    }
    if (!root.present())
      throw bad_access(fmt::format("{}: the kubeconfig is empty", file.string()));
    if (!root.yaml.IsMap()) root.fail("not a kubeconfig: expected a mapping with `clusters`");
    collect(root, "clusters", "cluster", result.clusters);
    collect(root, "users", "user", result.users);
    collect(root, "contexts", "context", result.contexts);
    if (result.current_context.empty()) result.current_context = root.text("current-context");
    result.files += (result.files.empty() ? "" : ":") + file.string();
  }
  return result;
}

std::string decode_base64(const Node& parent, const char* key) {
  std::string text = parent.text(key);
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
  std::string data(text.size() / 4 * 3, '\0');
  const std::size_t last = text.find_last_not_of('=');
  const std::size_t padding = last == std::string::npos ? text.size() : text.size() - 1 - last;
  const int size = text.size() % 4 != 0 || padding > 2 || text.find('=') < text.size() - padding
                       ? -1
                       : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(data.data()),
                                         reinterpret_cast<const unsigned char*>(text.data()),
                                         static_cast<int>(text.size()));
  if (size < 0) {
    parent.member(key).fail(fmt::format(
        "`{}` is not base64; encode the PEM file with `base64 -w0`, or name the file itself with "
        "`{}`",
        key, std::string_view{key}.substr(0, std::string_view{key}.size() - 5)));
  }
  data.resize(static_cast<std::size_t>(size) - padding);
  return data;
}

fs::path resolve(const Node& parent, const std::string& path) {
  return (fs::absolute(parent.file).parent_path() / path).lexically_normal();
}

// `<key>-data` wins over `<key>`, as in kubectl.
Source pem(const Node& parent, const std::string& key) {
  const std::string data_key = key + "-data";
  if (!parent.text(data_key.c_str()).empty()) {
    return {decode_base64(parent, data_key.c_str()),
            {},
            fmt::format("{}: `{}`", parent.member(data_key.c_str()).place(), data_key)};
  }
  if (const std::string path = parent.text(key.c_str()); !path.empty()) {
    return {{},
            resolve(parent, path),
            fmt::format("{}: `{}`", parent.member(key.c_str()).place(), key)};
  }
  return {};
}

void refuse_unsupported(const Node& user) {
  static constexpr std::pair<const char*, const char*> unsupported[] = {
      {"exec", "it asks another program for credentials, which scalehook does not do"},
      {"auth-provider", "it was removed from Kubernetes in 1.26"},
      {"username", "Kubernetes accepts no passwords since 1.19"},
      {"password", "Kubernetes accepts no passwords since 1.19"},
      {"as", "scalehook does not impersonate"},
      {"as-uid", "scalehook does not impersonate"},
      {"as-groups", "scalehook does not impersonate"},
      {"as-user-extra", "scalehook does not impersonate"},
  };
  for (const auto& [key, why] : unsupported) {
    if (const Node node = user.member(key); node.present()) {
      node.fail(
          fmt::format("`{}` is not supported: {}; use the token of a service account "
                      "(`token` or `tokenFile`) or a client certificate",
                      key, why));
    }
  }
}

void add_cluster(const Node& cluster, Access& access) {
  const std::string server = cluster.text("server");
  if (server.empty()) cluster.fail("the cluster has no `server`; write https://HOST:PORT");
  access.server = checked_server(server, cluster.member("server").place());
  access.tls_server_name = cluster.text("tls-server-name");
  access.proxy = cluster.text("proxy-url");
  access.insecure_skip_tls_verify = cluster.flag("insecure-skip-tls-verify");
  access.authority = pem(cluster, "certificate-authority");
  if (access.insecure_skip_tls_verify && !access.authority.empty()) {
    cluster.fail(
        "`insecure-skip-tls-verify` and a certificate-authority exclude each other; "
        "remove the former");
  }
}

// As client-go, which sends tokens over TLS only.
void refuse_token_in_clear(const Node& user, const Node& cluster) {
  if (!cluster.text("server").starts_with("http://")) return;
  for (const char* const key : {"tokenFile", "token"}) {
    if (user.text(key).empty()) continue;
    user.member(key).fail(fmt::format(
        "`{}` would be sent in clear, for the `server` at {} is http://; write https://HOST:PORT "
        "there, or remove the `{}`",
        key, cluster.member("server").place(), key));
  }
}

void add_user(const Node& user, Access& access) {
  refuse_unsupported(user);
  access.certificate = pem(user, "client-certificate");
  access.key = pem(user, "client-key");
  if (access.certificate.empty() != access.key.empty()) {
    user.fail(access.key.empty() ? "`client-certificate` without `client-key`"
                                 : "`client-key` without `client-certificate`");
  }
  if (const std::string path = user.text("tokenFile"); !path.empty()) {
    access.token = {
        {}, resolve(user, path), fmt::format("{}: `tokenFile`", user.member("tokenFile").place())};
  } else if (const std::string token = user.text("token"); !token.empty()) {
    access.token = {token, {}, fmt::format("{}: `token`", user.member("token").place())};
  }
}

}  // namespace

Access load_kubeconfig(const std::vector<fs::path>& files, const std::string& context) {
  const Kubeconfig config = parse(files);
  const std::string& name = context.empty() ? config.current_context : context;
  if (name.empty()) {
    throw bad_access(fmt::format("{}: it has no current-context; set `context` ({})", config.files,
                                 names(config.contexts)));
  }
  const auto chosen = config.contexts.find(name);
  if (chosen == config.contexts.end()) {
    throw bad_access(
        fmt::format("{}: no context \"{}\"; {}", config.files, name, names(config.contexts)));
  }

  Access access;
  access.origin = fmt::format("context \"{}\" of {}", name, config.files);
  const Node& pair = chosen->second;
  if (const std::string space = pair.text("namespace"); !space.empty()) {
    access.default_namespace = space;
  }
  const auto cluster = config.clusters.find(pair.text("cluster"));
  if (cluster == config.clusters.end()) {
    pair.fail(fmt::format("context \"{}\" names the cluster \"{}\"; {}", name, pair.text("cluster"),
                          names(config.clusters)));
  }
  add_cluster(cluster->second, access);
  if (const std::string user = pair.text("user"); !user.empty()) {
    const auto found = config.users.find(user);
    if (found == config.users.end()) {
      pair.fail(
          fmt::format("context \"{}\" names the user \"{}\"; {}", name, user, names(config.users)));
    }
    refuse_token_in_clear(found->second, cluster->second);
    add_user(found->second, access);
  }
  return access;
}

}  // namespace scalehook::kubernetes
