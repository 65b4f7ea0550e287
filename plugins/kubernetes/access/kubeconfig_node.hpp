// A place in a kubeconfig.
#pragma once

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/kubernetes/access/access.hpp"

namespace scalehook::kubernetes {

// A YAML node with the file it stands in, for places and relative paths. Of a key that stands twice
// in a mapping the last one counts, as for kubectl. All of it throws failures that begin with the
// place.
struct Node {
  YAML::Node yaml;
  std::filesystem::path file;

  std::string place() const;  // "file:line:column"
  [[noreturn]] void fail(const std::string& message) const;

  bool present() const { return yaml.IsDefined() && !yaml.IsNull(); }
  // Not present if there is none; a member that is absent, null and "" are the same to kubectl.
  Node member(std::string_view key) const;
  std::string text(std::string_view key) const;
  bool flag(std::string_view key) const;
  std::vector<Node> list(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;

  // The member's path, resolved against the folder of the file it stands in; empty: none.
  std::filesystem::path path(std::string_view key) const;
  // The member `<key>-data` decoded from base64, else the file of the member `key`.
  Source pem(const std::string& key) const;
};

// The node as JSON. Plain scalars that look like a number, a boolean or null are such. It
// may have 30 levels and 10 000 values, aliases counted.
std::string to_json(const Node& node);

}  // namespace scalehook::kubernetes
