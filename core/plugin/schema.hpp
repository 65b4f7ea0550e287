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
  std::string pointer;                          // RFC 6901, relative to the checked value
  std::string message;                          // what is wrong, and what to do
  enum class Of { value, key } of = Of::value;  // key: nobody knows it, whatever its value
};

// Keywords:
//   type                   object, array, string, integer, number, boolean or null; any if absent
//   properties, required   of objects
//   additionalProperties   of objects; true or false. Unlike in JSON Schema it is false when
//   absent,
//                          so that a mistyped key never passes in silence
//   items                  of arrays: the schema of each element
//   enum                   the values allowed
//   minimum, maximum       of integers and numbers, inclusive
//   pattern                of strings; RE2, found anywhere unless anchored with ^ and $
//   default                the value where a property is absent; it must fit its own schema
//   description            for people
// An unknown keyword is a fault of the schema, so that nobody relies on a check that is not made.
// Immutable; copies share; any thread.
class Schema {
 public:
  // The top must be of type object. Empty text means: an object without properties. On failure one
  // sentence that begins with the pointer of the faulty keyword.
  static boost::system::result<Schema, std::string> parse(std::string_view text);

  // Every fault at once, in the order of the value's keys; empty: it fits. Values are not quoted
  // but for those of an enum, for they may be secrets.
  std::vector<SchemaFault> check(const boost::json::value& value) const;

  // The value with defaults where keys are missing, at any depth. A missing object appears when its
  // properties have defaults and none that is required lacks one. The value must fit.
  boost::json::value with_defaults(const boost::json::value& value) const;

  // True if every value the schema allows is an object of strings, as a target is.
  bool is_of_strings() const;

  struct Node;  // known to schema_node.hpp

 private:
  std::shared_ptr<const Node> root_;
};

// "/a/b: what is wrong; /c: …": all faults as one sentence.
std::string to_text(const std::vector<SchemaFault>& faults);

}  // namespace scalehook::plugin
