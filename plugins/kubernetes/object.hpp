// What all objects of the API have in common, as JSON.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

namespace scalehook::kubernetes {

// An object whose controller manages another one: it puts back what others change there.
struct Owner {
  std::string kind, name;  // "Rollout", "canary"
};

// The body of an answer; nothing if it is no JSON object.
std::optional<boost::json::value> parse_object(const std::string& body);

// What is at an RFC 6901 pointer, or null.
const boost::json::value* find(const boost::json::value& value, const char* pointer);
// A text; empty if there is none.
std::string find_text(const boost::json::value& value, const char* pointer);
// Of a body that is an object with a kind: which.
std::optional<std::string> parse_kind(const std::string& body);
// Absent is `otherwise`; anything but a count, which is a fault of the answer, is nothing.
std::optional<std::int64_t> find_count(const boost::json::value& value, const char* pointer,
                                       std::int64_t otherwise);
// Of its ownerReferences the one with `controller: true`, of which there is at most one.
std::optional<Owner> find_controller(const boost::json::value& object);

// `expected`: "a Scale".
failure bad_answer(std::string_view expected, const std::string& body);

}  // namespace scalehook::kubernetes
