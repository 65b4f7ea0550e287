// Reading typed values out of a YAML tree. Every reading function adds a mistake with its place
// when the value is not what is asked for, leaves its destination alone then, and says so with
// false.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/yaml.hpp"

namespace scalehook::config {

// The most replicas that an int32 of Kubernetes holds.
inline constexpr std::int64_t most_replicas = 2'147'483'647;

// A node, the pointer to it, and where its mistakes go. Borrows the tree and the mistakes.
class Value {
 public:
  using Reader = std::function<void(const Value&)>;
  struct Key {
    std::string name;
    Reader read;
    bool required = false;
  };

  Value(const YamlNode& node, std::string pointer, std::vector<Mistake>& mistakes)
      : node_(&node), pointer_(std::move(pointer)), mistakes_(&mistakes) {}

  const YamlNode& node() const { return *node_; }
  const std::string& pointer() const { return pointer_; }
  std::size_t mistakes() const { return mistakes_->size(); }

  void mistake(std::string message) const;
  bool has(std::string_view key) const;
  Value at(std::string_view key) const;  // of a key that is there

  // Calls the reader of each key that is there. Unknown keys and missing required ones are
  // mistakes.
  bool mapping(const std::vector<Key>& keys) const;
  // Calls the reader with every member, for mappings whose keys are the user's.
  bool members(const std::function<void(const std::string& key, const Value&)>& each) const;
  bool sequence(const Reader& each) const;

  bool text(std::string& to) const;  // any scalar as it is written, but not an empty one
  bool boolean(bool& to) const;
  bool integer(std::int64_t least, std::int64_t most, std::int64_t& to) const;
  bool number(double& to) const;    // a finite number
  bool positive(double& to) const;  // a finite number above 0
  bool duration(std::chrono::seconds& to) const;
  // A name of something in the configuration: letters, digits, "-", "_", ".".
  bool name(std::string& to) const;
  // One of the words; gives its index.
  bool word(const std::vector<std::string>& words, std::size_t& to) const;

  // The value by YAML's core schema: unquoted null, true, 1, 1.5 are no texts.
  boost::json::value json() const;

 private:
  Value child(const YamlNode& node, std::string_view token) const;

  const YamlNode* node_;
  std::string pointer_;
  std::vector<Mistake>* mistakes_;
};

// "; did you mean "policy"?" if one of the words is near, else "; known are: a, b".
std::string suggestion(std::string_view text, const std::vector<std::string>& words);

// `/` and `~` escaped. https://www.rfc-editor.org/rfc/rfc6901
std::string pointer_token(std::string_view key);

}  // namespace scalehook::config
