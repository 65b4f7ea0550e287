#include "core/config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/config/duration.hpp"
#include "core/config/nearest.hpp"

namespace scalehook::config {
namespace {

std::string shown(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::sequence:
      return "a list";
    case YamlNode::Kind::mapping:
      return "a mapping";
    case YamlNode::Kind::scalar:
      break;
  }
  if (node.text.empty()) return "an empty one";
  if (node.text.size() > 60) return fmt::format("\"{}…\"", node.text.substr(0, 60));
  return fmt::format("\"{}\"", node.text);
}

template <typename T>
bool parse_number(const std::string& text, T& to) {
  T number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return false;
  to = number;
  return true;
}

bool is_plain(const YamlNode& node) { return node.kind == YamlNode::Kind::scalar && !node.quoted; }

bool parse_boolean(const YamlNode& node, bool& to) {
  if (!is_plain(node)) return false;
  const bool yes = node.text == "true" || node.text == "True" || node.text == "TRUE";
  if (!yes && node.text != "false" && node.text != "False" && node.text != "FALSE") return false;
  to = yes;
  return true;
}

}  // namespace

std::string suggestion(std::string_view text, const std::vector<std::string>& words) {
  if (words.empty()) return "";
  const std::string near = nearest(text, words);
  if (!near.empty()) return fmt::format("; did you mean \"{}\"?", near);
  return fmt::format("; known are: {}", fmt::join(words, ", "));
}

std::string pointer_token(std::string_view key) {
  std::string token = "/";
  for (const char c : key) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

void Value::mistake(std::string message) const {
  mistakes_->push_back({node_->place, pointer_, std::move(message)});
}

Value Value::child(const YamlNode& node, std::string_view token) const {
  return {node, pointer_ + pointer_token(token), *mistakes_};
}

bool Value::has(std::string_view key) const {
  return std::any_of(node_->members.begin(), node_->members.end(),
                     [&](const YamlNode::Member& member) { return member.key == key; });
}

Value Value::at(std::string_view key) const {
  const auto member = std::find_if(node_->members.begin(), node_->members.end(),
                                   [&](const YamlNode::Member& m) { return m.key == key; });
  return child(member->value, key);
}

bool Value::mapping(const std::vector<Key>& keys) const {
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (const Key& key : keys) names.push_back(key.name);
  if (node_->kind != YamlNode::Kind::mapping) {
    mistake(fmt::format("must be a mapping ({}), not {}", fmt::join(names, ", "), shown(*node_)));
    return false;
  }
  for (const YamlNode::Member& member : node_->members) {
    const auto key = std::find(names.begin(), names.end(), member.key);
    const Value value = child(member.value, member.key);
    if (key == names.end()) {
      mistakes_->push_back(
          {member.place, value.pointer(),
           fmt::format("unknown key \"{}\"{}", member.key, suggestion(member.key, names))});
      continue;
    }
    keys[static_cast<std::size_t>(key - names.begin())].read(value);
  }
  for (const Key& key : keys) {
    if (key.required && !has(key.name)) mistake(fmt::format("key \"{}\" is missing", key.name));
  }
  return true;
}

bool Value::members(const std::function<void(const std::string&, const Value&)>& each) const {
  if (node_->kind != YamlNode::Kind::mapping) {
    mistake("must be a mapping, not " + shown(*node_));
    return false;
  }
  for (const YamlNode::Member& member : node_->members) {
    each(member.key, child(member.value, member.key));
  }
  return true;
}

bool Value::sequence(const Reader& each) const {
  if (node_->kind != YamlNode::Kind::sequence) {
    mistake("must be a list, not " + shown(*node_));
    return false;
  }
  for (std::size_t i = 0; i < node_->items.size(); ++i) {
    each(child(node_->items[i], std::to_string(i)));
  }
  return true;
}

bool Value::text(std::string& to) const {
  if (node_->kind != YamlNode::Kind::scalar || node_->text.empty()) {
    mistake("must be a text, not " + shown(*node_));
    return false;
  }
  to = node_->text;
  return true;
}

bool Value::boolean(bool& to) const {
  if (parse_boolean(*node_, to)) return true;
  mistake("must be true or false, not " + shown(*node_));
  return false;
}

bool Value::integer(std::int64_t least, std::int64_t most, std::int64_t& to) const {
  std::int64_t number{};
  if (!is_plain(*node_) || !parse_number(node_->text, number) || number < least || number > most) {
    mistake(
        fmt::format("must be a whole number from {} to {}, not {}", least, most, shown(*node_)));
    return false;
  }
  to = number;
  return true;
}

bool Value::number(double& to) const {
  double number{};
  if (!is_plain(*node_) || !parse_number(node_->text, number) || !std::isfinite(number)) {
    mistake("must be a number, not " + shown(*node_));
    return false;
  }
  to = number;
  return true;
}

bool Value::positive(double& to) const {
  double number{};
  if (!is_plain(*node_) || !parse_number(node_->text, number) || !std::isfinite(number) ||
      number <= 0) {
    mistake("must be a number above 0, not " + shown(*node_));
    return false;
  }
  to = number;
  return true;
}

bool Value::duration(std::chrono::seconds& to) const {
  if (node_->kind != YamlNode::Kind::scalar) {
    mistake("must be a duration like 30s, 5m or 1h30m, not " + shown(*node_));
    return false;
  }
  const auto parsed = parse_duration(node_->text);
  if (!parsed) {
    mistake(shown(*node_) + " " + parsed.error());
    return false;
  }
  to = *parsed;
  return true;
}

bool Value::name(std::string& to) const {
  std::string text;
  if (!this->text(text)) return false;
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (text.size() > 63 || !std::all_of(text.begin(), text.end(), allowed)) {
    mistake(fmt::format("{} is no name; use at most 63 letters, digits, \"-\", \"_\" and \".\"",
                        shown(*node_)));
    return false;
  }
  to = std::move(text);
  return true;
}

bool Value::word(const std::vector<std::string>& words, std::size_t& to) const {
  const auto found = std::find(words.begin(), words.end(), node_->text);
  if (node_->kind != YamlNode::Kind::scalar || found == words.end()) {
    mistake(fmt::format("must be one of {}, not {}", fmt::join(words, ", "), shown(*node_)));
    return false;
  }
  to = static_cast<std::size_t>(found - words.begin());
  return true;
}

boost::json::value Value::json() const {
  switch (node_->kind) {
    case YamlNode::Kind::null:
      return nullptr;
    case YamlNode::Kind::sequence: {
      boost::json::array array;
      sequence([&](const Value& item) { array.push_back(item.json()); });
      return array;
    }
    case YamlNode::Kind::mapping: {
      boost::json::object object;
      members([&](const std::string& key, const Value& value) { object[key] = value.json(); });
      return object;
    }
    case YamlNode::Kind::scalar:
      break;
  }
  bool boolean{};
  std::int64_t integer{};
  double number{};
  if (parse_boolean(*node_, boolean)) return boolean;
  if (is_plain(*node_) && parse_number(node_->text, integer)) return integer;
  if (is_plain(*node_) && parse_number(node_->text, number) && std::isfinite(number)) return number;
  return boost::json::string(node_->text);
}

}  // namespace scalehook::config
