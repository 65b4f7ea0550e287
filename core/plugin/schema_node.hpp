// One schema, as parsed. Private to schema*.cpp.
#pragma once

#include <re2/re2.h>

#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin/schema.hpp"

namespace scalehook::plugin {

struct Schema::Node {
  std::string type;  // empty: any
  std::string description;
  // The description in brackets, for the end of a message; empty if there is none.
  std::string meaning() const;
  std::map<std::string, std::shared_ptr<const Node>, std::less<>> properties;
  std::vector<std::string> required;
  bool additional_properties = false;
  std::shared_ptr<const Node> items;
  std::vector<boost::json::value> choices;  // enum; empty: all
  std::optional<double> minimum, maximum;
  std::shared_ptr<const RE2> pattern;
  std::optional<boost::json::value> default_value;

  void check(const boost::json::value& value, const std::string& pointer,
             std::vector<SchemaFault>& faults) const;
  boost::json::value with_defaults(const boost::json::value& value) const;
  // What stands for a property that is absent; nothing if it stays absent.
  std::optional<boost::json::value> when_absent() const;
};

// The pointer of a child: `key` escaped by RFC 6901.
std::string child(const std::string& pointer, std::string_view key);

}  // namespace scalehook::plugin
