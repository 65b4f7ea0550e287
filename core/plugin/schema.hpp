// The subset of JSON Schema in which plugins describe their settings and targets.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace scalehook::plugin {

struct SchemaFault {
  std::string pointer;  // RFC 6901, relative to the checked value
  std::string message;  // what is wrong, and what to do
};

// type, properties, required, enum, minimum, maximum, pattern (RE2), items, additionalProperties
// (boolean), default, description; an unknown keyword is a fault of the schema. Immutable.
class Schema {
 public:
  // Empty text means: an object without properties. On failure one sentence with the pointer.
  static boost::system::result<Schema, std::string> parse(std::string_view text);

  // Every fault at once, in the order of the value's keys; empty: it fits.
  std::vector<SchemaFault> check(const boost::json::value& value) const;

  // The value with defaults where keys are missing, at any depth. The value must fit.
  boost::json::value with_defaults(const boost::json::value& value) const;

 private:
  struct Node;
  std::shared_ptr<const Node> root_;
};

}  // namespace scalehook::plugin
