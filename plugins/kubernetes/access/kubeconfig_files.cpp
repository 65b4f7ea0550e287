#include "plugins/kubernetes/access/kubeconfig_files.hpp"

#include <fmt/format.h>

#include <set>

#include "plugins/kubernetes/access/file.hpp"
#include "plugins/kubernetes/access/kubeconfig_keys.hpp"

namespace scalehook::kubernetes {
namespace {

namespace fs = std::filesystem;

Node parse(const fs::path& file) {
  const auto text = read_file(file);
  if (!text) {
    throw bad_access(fmt::format(
        "{}: cannot read the kubeconfig: {}; name a file that the daemon's user may read",
        file.string(), text.error().explanation));
  }
  Node root{{}, file};
  try {
    root.yaml = YAML::Load(*text);
  } catch (const YAML::Exception& error) {
    throw bad_access(fmt::format("{}:{}:{}: not YAML: {}; mend the line, or have kubectl write it",
                                 file.string(), error.mark.line + 1, error.mark.column + 1,
                                 error.msg));
  }
  if (!root.present()) return root;
  if (!root.yaml.IsMap()) root.fail("not a kubeconfig: expected a mapping with `clusters`");
  const auto check = [&](const char* key, const std::string& expected) {
    const std::string found = root.text(key);
    if (found.empty() || found == expected) return;
    root.member(key).fail(
        fmt::format("not a kubeconfig: `{}` is \"{}\"; it must be {}", key, found, expected));
  };
  check("kind", "Config");
  check("apiVersion", "v1");
  return root;
}

// `key: [{name: …, <singular>: {…}}, …]`
void collect(const Node& root, const char* key, const char* singular, Kubeconfig::Named& into,
             std::vector<std::string>& warnings) {
  std::set<std::string> seen;
  for (const Node& item : root.list(key)) {
    const std::string name = item.text("name");
    if (!seen.insert(name).second) {
      item.fail(
          fmt::format("the name \"{}\" stands twice in `{}`; remove or rename one", name, key));
    }
    warn_of_keys(item, {"name", singular}, warnings);
    const Node value = item.member(singular);
    if (value.present() && !value.yaml.IsMap()) {
      value.fail(fmt::format("`{}` must be a mapping", singular));
    }
    into.emplace(name, value.present() ? value : Node{YAML::Node{YAML::NodeType::Map}, root.file});
  }
}

}  // namespace

Kubeconfig read_kubeconfig(const std::vector<fs::path>& files) {
  Kubeconfig result;
  for (const fs::path& file : files) {
    const Node root = parse(file);
    result.files += (result.files.empty() ? "" : ":") + file.string();
    warn_of_keys(root,
                 {"apiVersion", "kind", "preferences", "clusters", "users", "contexts",
                  "current-context", "extensions"},
                 result.warnings);
    collect(root, "clusters", "cluster", result.clusters, result.warnings);
    collect(root, "users", "user", result.users, result.warnings);
    collect(root, "contexts", "context", result.contexts, result.warnings);
    if (result.current_context.empty()) result.current_context = root.text("current-context");
  }
  return result;
}

}  // namespace scalehook::kubernetes
