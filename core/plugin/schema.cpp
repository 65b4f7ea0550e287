#include "core/plugin/schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cmath>

#include "core/config/nearest.hpp"
#include "core/plugin/schema_node.hpp"

namespace scalehook::plugin {
namespace {

namespace json = boost::json;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }

std::string_view type_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::object:
      return "object";
    case json::kind::array:
      return "array";
    case json::kind::string:
      return "string";
    case json::kind::bool_:
      return "boolean";
    case json::kind::null:
      return "null";
    case json::kind::double_:
      // As in JSON Schema 2.0 is an integer.
      return std::trunc(value.get_double()) == value.get_double() ? "integer" : "number";
    default:
      return "integer";
  }
}

bool is_of_type(const json::value& value, std::string_view type) {
  const std::string_view actual = type_of(value);
  return type.empty() || actual == type || (type == "number" && actual == "integer");
}

std::string with_article(std::string_view type) {
  if (type == "null") return "null";
  const bool vowel = std::string_view("aeiou").find(type.front()) != std::string_view::npos;
  return fmt::format("{} {}", vowel ? "an" : "a", type);
}

bool same(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
  return a == b;
}

std::string unknown_key(std::string_view key, const std::vector<std::string>& known) {
  const std::string near = config::nearest(key, known);
  if (!near.empty()) return fmt::format("unknown key; did you mean \"{}\"?", near);
  if (known.empty()) return "unknown key; there are none here, remove it";
  return fmt::format("unknown key; known are {}", fmt::join(known, ", "));
}

}  // namespace

std::string child(const std::string& pointer, std::string_view key) {
  std::string result = pointer + "/";
  for (const char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

std::string Schema::Node::meaning() const {
  return description.empty() ? "" : fmt::format(" ({})", description);
}

void Schema::Node::check(const json::value& value, const std::string& pointer,
                         std::vector<SchemaFault>& faults) const {
  const auto fault = [&](const std::string& where, std::string what) {
    faults.push_back({where, std::move(what), SchemaFault::Of::value});
  };
  if (!is_of_type(value, type)) {
    return fault(pointer, fmt::format("must be {}, not {}", with_article(type),
                                      with_article(type_of(value))));
  }
  if (!choices.empty() &&
      std::ranges::none_of(choices, [&](const json::value& each) { return same(each, value); })) {
    std::vector<std::string> shown;
    for (const json::value& each : choices) shown.push_back(json::serialize(each));
    fault(pointer,
          fmt::format("must be one of {}, not {}", fmt::join(shown, ", "), json::serialize(value)));
  }
  if (minimum && value.to_number<double>() < *minimum) {
    fault(pointer, fmt::format("must be at least {}", *minimum));
  }
  if (maximum && value.to_number<double>() > *maximum) {
    fault(pointer, fmt::format("must be at most {}", *maximum));
  }
  if (pattern) {
    const std::string_view text = view(value.get_string());
    if (!RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *pattern)) {
      fault(pointer, fmt::format("must match {}{}", pattern->pattern(), meaning()));
    }
  }
  if (items) {
    for (std::size_t i = 0; i < value.get_array().size(); ++i) {
      items->check(value.get_array()[i], child(pointer, std::to_string(i)), faults);
    }
  }
  if (type != "object") return;
  for (const auto& [key, inner] : value.get_object()) {
    const auto known = properties.find(std::string_view(key));
    if (known != properties.end()) {
      known->second->check(inner, child(pointer, key), faults);
    } else if (!additional_properties) {
      std::vector<std::string> names;
      for (const auto& [name, property] : properties) names.push_back(name);
      faults.push_back({child(pointer, key), unknown_key(key, names), SchemaFault::Of::key});
    }
  }
  for (const std::string& name : required) {
    const auto known = properties.find(name);
    if (value.get_object().contains(name) ||
        (known != properties.end() && known->second->when_absent())) {
      continue;
    }
    fault(pointer, fmt::format("\"{}\" is missing; add it{}", name,
                               known == properties.end() ? "" : known->second->meaning()));
  }
}

json::value Schema::Node::with_defaults(const json::value& value) const {
  json::value result = value;
  if (items && result.is_array()) {
    for (json::value& each : result.get_array()) each = items->with_defaults(each);
  }
  if (!result.is_object()) return result;
  json::object& object = result.get_object();
  for (const auto& [name, property] : properties) {
    if (json::value* const present = object.if_contains(name)) {
      *present = property->with_defaults(*present);
    } else if (std::optional<json::value> absent = property->when_absent()) {
      object.emplace(name, std::move(*absent));
    }
  }
  return result;
}

std::optional<json::value> Schema::Node::when_absent() const {
  if (default_value) return with_defaults(*default_value);
  if (properties.empty()) return std::nullopt;
  json::value made = with_defaults(json::object());
  std::vector<SchemaFault> faults;
  check(made, "", faults);
  if (made.get_object().empty() || !faults.empty()) return std::nullopt;
  return made;
}

std::vector<SchemaFault> Schema::check(const json::value& value) const {
  std::vector<SchemaFault> faults;
  root_->check(value, "", faults);
  return faults;
}

json::value Schema::with_defaults(const json::value& value) const {
  return root_->with_defaults(value);
}

bool Schema::is_of_strings() const {
  return !root_->additional_properties &&
         std::ranges::all_of(root_->properties,
                             [](const auto& each) { return each.second->type == "string"; });
}

std::string to_text(const std::vector<SchemaFault>& faults) {
  std::vector<std::string> shown;
  shown.reserve(faults.size());
  for (const SchemaFault& each : faults) {
    shown.push_back(each.pointer.empty() ? each.message
                                         : fmt::format("{}: {}", each.pointer, each.message));
  }
  return fmt::format("{}", fmt::join(shown, "; "));
}

}  // namespace scalehook::plugin
