// YAML as a tree that knows where everything stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/load.hpp"

namespace scalehook::config {

// Aliases and merge keys ("<<") are already resolved; what they bring keeps the place where it was
// written.
struct YamlNode {
  enum class Kind { null, scalar, sequence, mapping };
  struct Member;

  Kind kind = Kind::null;
  Place place{1, 1};
  std::string text;             // of a scalar
  bool quoted = false;          // a quoted scalar is text, whatever it looks like
  std::vector<YamlNode> items;  // of a sequence
  std::vector<Member> members;  // of a mapping, in the file's order; keys differ
};

struct YamlNode::Member {
  std::string key;
  Place place;  // of the key
  YamlNode value;
};

// Adds what is wrong with the YAML itself to the mistakes: syntax, keys that stand twice, keys that
// are no text, nesting or aliases beyond any sense. No text at all is null.
YamlNode parse_yaml(std::string_view text, std::vector<Mistake>& mistakes);

}  // namespace scalehook::config
