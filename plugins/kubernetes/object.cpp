#include "plugins/kubernetes/object.hpp"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "plugins/kubernetes/access/one_line.hpp"

namespace scalehook::kubernetes {

namespace json = boost::json;

std::optional<json::value> parse_object(const std::string& body) {
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  if (error || !value.is_object()) return std::nullopt;
  return value;
}

const json::value* find(const json::value& value, const char* pointer) {
  boost::system::error_code error;
  return value.find_pointer(pointer, error);
}

std::string find_text(const json::value& value, const char* pointer) {
  const json::value* found = find(value, pointer);
  return found && found->is_string() ? std::string{found->get_string()} : std::string{};
}

std::optional<std::string> parse_kind(const std::string& body) {
  const auto value = parse_object(body);
  std::string kind = value ? find_text(*value, "/kind") : std::string{};
  if (kind.empty()) return std::nullopt;
  return kind;
}

std::optional<std::int64_t> find_count(const json::value& value, const char* pointer,
                                       std::int64_t otherwise) {
  const json::value* found = find(value, pointer);
  if (!found) return otherwise;
  if (!found->is_int64() || found->get_int64() < 0) return std::nullopt;
  return found->get_int64();
}

std::optional<Owner> find_controller(const json::value& object) {
  const json::value* references = find(object, "/metadata/ownerReferences");
  if (!references || !references->is_array()) return std::nullopt;
  for (const json::value& reference : references->get_array()) {
    const json::value* controls = find(reference, "/controller");
    if (controls && *controls == true) {
      return Owner{find_text(reference, "/kind"), find_text(reference, "/name")};
    }
  }
  return std::nullopt;
}

failure bad_answer(std::string_view expected, const std::string& body) {
  return failed("bad-answer",
                fmt::format("the API server's answer is not {}: {}; is `server` an API server?",
                            expected, body.empty() ? "it is empty" : one_line(body, 100)));
}

}  // namespace scalehook::kubernetes
