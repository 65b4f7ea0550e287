#include "plugins/kubernetes/access/kubeconfig_node.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace scalehook::kubernetes {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string decode_base64(const Node& node, std::string text, std::string_view key) {
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
    node.fail(fmt::format(
        "`{}-data` is not base64; encode the PEM file with `base64 -w0`, or name the file itself "
        "with `{}`",
        key, key));
  }
  data.resize(static_cast<std::size_t>(size) - padding);
  return data;
}

json::value scalar(const YAML::Node& yaml) {
  bool flag = false;
  std::int64_t integer = 0;
  double number = 0;
  if (yaml.Tag() == "?") {  // plain, not quoted
    if (YAML::convert<bool>::decode(yaml, flag)) return flag;
    if (YAML::convert<std::int64_t>::decode(yaml, integer)) return integer;
    if (YAML::convert<double>::decode(yaml, number)) return number;
  }
  return json::string(yaml.Scalar());
}

// What reads it takes no more than that. Aliases count: one may lead back to where it stands in,
// and a few can stand for billions.
constexpr int max_depth = 30;
constexpr int max_values = 10'000;

json::value value_of(const Node& node, int depth, int& values) {
  if (depth > max_depth) {
    node.fail(fmt::format("this is nested deeper than {} levels", max_depth));
  }
  if (++values > max_values) {
    node.fail(fmt::format("with this there are more than {} values, aliases counted; shorten it",
                          max_values));
  }
  if (node.yaml.IsMap()) {
    json::object object;
    for (const auto& pair : node.yaml) {
      object[pair.first.Scalar()] = value_of({pair.second, node.file}, depth + 1, values);
    }
    return object;
  }
  if (node.yaml.IsSequence()) {
    json::array array;
    for (const YAML::Node& item : node.yaml) {
      array.push_back(value_of({item, node.file}, depth + 1, values));
    }
    return array;
  }
  return node.yaml.IsScalar() ? scalar(node.yaml) : json::value();
}

}  // namespace

std::string Node::place() const {
  const YAML::Mark mark = yaml.Mark();
  if (mark.is_null()) return file.string();
  return fmt::format("{}:{}:{}", file.string(), mark.line + 1, mark.column + 1);
}

void Node::fail(const std::string& message) const {
  throw bad_access(fmt::format("{}: {}", place(), message));
}

Node Node::member(std::string_view key) const {
  Node found{YAML::Node{YAML::NodeType::Undefined}, file};
  if (!present()) return found;
  if (!yaml.IsMap()) fail(fmt::format("expected a mapping with `{}`", key));
  for (const auto& pair : yaml) {
    if (pair.first.IsScalar() && pair.first.Scalar() == key) found.yaml.reset(pair.second);
  }
  return found;
}

std::string Node::text(std::string_view key) const {
  const Node value = member(key);
  if (!value.present()) return {};
  if (!value.yaml.IsScalar()) value.fail(fmt::format("`{}` must be a string", key));
  return value.yaml.Scalar();
}

bool Node::flag(std::string_view key) const {
  const Node value = member(key);
  if (!value.present()) return false;
  bool result = false;
  if (!value.yaml.IsScalar() || !YAML::convert<bool>::decode(value.yaml, result)) {
    value.fail(fmt::format("`{}` must be true or false", key));
  }
  return result;
}

std::vector<Node> Node::list(std::string_view key) const {
  const Node value = member(key);
  std::vector<Node> items;
  if (!value.present()) return items;
  if (!value.yaml.IsSequence()) value.fail(fmt::format("`{}` must be a list", key));
  items.reserve(value.yaml.size());
  for (const YAML::Node& item : value.yaml) items.push_back({item, file});
  return items;
}

std::vector<std::string> Node::texts(std::string_view key) const {
  std::vector<std::string> result;
  for (const Node& item : list(key)) {
    if (!item.yaml.IsScalar()) item.fail(fmt::format("`{}` must be a list of strings", key));
    result.push_back(item.yaml.Scalar());
  }
  return result;
}

fs::path Node::path(std::string_view key) const {
  const std::string name = text(key);
  if (name.empty()) return {};
  return (fs::absolute(file).parent_path() / name).lexically_normal();
}

Source Node::pem(const std::string& key) const {
  const std::string data_key = key + "-data";
  const auto where = [&](const std::string& of) {
    return fmt::format("{}: `{}`", member(of).place(), of);
  };
  if (std::string encoded = text(data_key); !encoded.empty()) {
    return {decode_base64(member(data_key), std::move(encoded), key), {}, where(data_key)};
  }
  if (fs::path file_of_key = path(key); !file_of_key.empty()) {
    return {{}, std::move(file_of_key), where(key)};
  }
  return {};
}

std::string to_json(const Node& node) {
  int values = 0;
  return json::serialize(value_of(node, 1, values));
}

}  // namespace scalehook::kubernetes
