// A JSON document made of pointers and values, for tests: settings, or a call's input. Part of
// testing.hpp.
#pragma once

#include <scalehook/plugin.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <scalehook/host.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace scalehook::testing {

using strings = std::vector<std::string>;
using string_map = std::map<std::string, std::string>;
// Any value but arrays of arrays and the like, which are given element by element.
using json =
    std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, strings, string_map>;

// A value and where it is, as an RFC 6901 pointer: {"/tls/ca_file", "/etc/ca.pem"},
// {"/to", strings{"a", "b"}}, {"/alerts/0/labels/severity", "page"}. What lies above it is made: an
// array where 0 follows, else an object.
struct entry {
  std::string pointer;
  json value;
};

// Immutable but for add. Texts handed out live until the next add.
class document {
 public:
  explicit document(const std::vector<entry>& entries) {
    root_.type = SCALEHOOK_OBJECT;
    for (const entry& each : entries) add(each);
    root_.write();
  }

  void add(const entry& added) {
    set(at(added.pointer), added.value);
    root_.write();
  }

  bool value(std::string_view pointer, scalehook_value* out) const {
    const node* found = root_.find(pointer);
    if (found == nullptr) return false;
    *out = {
        found->type, found->integer != 0, found->integer, found->number,
        scalehook::detail::text(found->type == SCALEHOOK_STRING ? found->string : found->written)};
    return true;
  }

  bool key(std::string_view pointer, std::size_t index, scalehook_text* out) const {
    const node* found = root_.find(pointer);
    if (found == nullptr || found->type != SCALEHOOK_OBJECT) return false;
    if (index >= found->members.size()) return false;
    *out = scalehook::detail::text(found->members[index].first);
    return true;
  }

 private:
  struct node {
    std::int32_t type = SCALEHOOK_NULL;
    std::int64_t integer = 0;
    double number = 0;
    std::string string;
    std::string written;
    std::vector<std::pair<std::string, std::unique_ptr<node>>> members;  // of arrays too

    node* member(std::string_view key) const {
      for (const auto& [name, child] : members) {
        if (name == key) return child.get();
      }
      return nullptr;
    }
    const node* find(std::string_view pointer) const {
      if (pointer.empty()) return this;
      const auto [token, rest] = first(pointer);
      const node* next = member(token);
      return next == nullptr ? nullptr : next->find(rest);
    }
    node& make(std::string_view key) {
      if (node* found = member(key)) return *found;
      if (type != SCALEHOOK_ARRAY) type = SCALEHOOK_OBJECT;
      members.emplace_back(key, std::make_unique<node>());
      return *members.back().second;
    }
    // Fills written, here and below.
    void write() {
      if (type == SCALEHOOK_STRING) written = quoted(string);
      if (type != SCALEHOOK_ARRAY && type != SCALEHOOK_OBJECT) return;
      written = type == SCALEHOOK_ARRAY ? "[" : "{";
      for (const auto& [name, child] : members) {
        child->write();
        if (written.size() > 1) written += ',';
        if (type == SCALEHOOK_OBJECT) written += quoted(name) + ':';
        written += child->written;
      }
      written += type == SCALEHOOK_ARRAY ? ']' : '}';
    }
  };

  // The first token of a pointer, unescaped, and what follows it.
  static std::pair<std::string, std::string_view> first(std::string_view pointer) {
    const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
    std::string token;
    for (std::size_t i = 1; i < end; ++i) {
      if (pointer[i] == '~' && i + 1 < end) {
        token += pointer[++i] == '1' ? '/' : '~';
      } else {
        token += pointer[i];
      }
    }
    return {token, pointer.substr(end)};
  }

  static std::string quoted(std::string_view text) {
    constexpr char hex[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else if (byte < 0x20) {
        out += "\\u00";
        out += hex[byte >> 4];
        out += hex[byte & 15];
      } else {
        out += c;
      }
    }
    return out + '"';
  }

  node& at(std::string_view pointer) {
    node* here = &root_;
    while (!pointer.empty()) {
      const auto [token, rest] = first(pointer);
      if (here->members.empty() && here != &root_ && token == "0") here->type = SCALEHOOK_ARRAY;
      here = &here->make(token);
      pointer = rest;
    }
    return *here;
  }

  static void set(node& into, const json& from) {
    into.members.clear();
    if (std::holds_alternative<std::nullptr_t>(from)) {
      into.type = SCALEHOOK_NULL;
      into.written = "null";
    } else if (const auto* boolean = std::get_if<bool>(&from)) {
      into.type = SCALEHOOK_BOOLEAN;
      into.integer = *boolean;
      into.written = *boolean ? "true" : "false";
    } else if (const auto* integer = std::get_if<std::int64_t>(&from)) {
      into.type = SCALEHOOK_INTEGER;
      into.integer = *integer;
      into.number = static_cast<double>(*integer);
      into.written = std::to_string(*integer);
    } else if (const auto* number = std::get_if<double>(&from)) {
      char digits[32];
      into.type = SCALEHOOK_NUMBER;
      into.number = *number;
      into.written.assign(digits, std::to_chars(digits, digits + sizeof digits, *number).ptr);
    } else if (const auto* string = std::get_if<std::string>(&from)) {
      into.type = SCALEHOOK_STRING;
      into.string = *string;
    } else if (const auto* list = std::get_if<strings>(&from)) {
      into.type = SCALEHOOK_ARRAY;
      for (const std::string& each : *list) {
        set(into.make(std::to_string(into.members.size())), each);
      }
    } else if (const auto* map = std::get_if<string_map>(&from)) {
      into.type = SCALEHOOK_OBJECT;
      for (const auto& [name, each] : *map) set(into.make(name), each);
    }
  }

  node root_;
};

}  // namespace scalehook::testing
