#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>

#include "core/config/nearest.hpp"
#include "core/plugin/schema_node.hpp"

namespace scalehook::plugin {
namespace {

namespace json = boost::json;

constexpr std::string_view types[] = {"object", "array",   "string", "integer",
                                      "number", "boolean", "null"};

// Walks a schema; the first fault is kept and ends the walk's use.
class Parser {
 public:
  std::shared_ptr<const Schema::Node> parse(const json::value& value, const std::string& pointer) {
    auto node = std::make_shared<Schema::Node>();
    if (!value.is_object()) {
      fail(pointer, "a schema is an object");
      return node;
    }
    // The type first: it says which keywords have a meaning.
    if (const json::value* type = value.get_object().if_contains("type")) {
      read_type(*type, child(pointer, "type"), *node);
    }
    for (const auto& [key, inner] : value.get_object()) {
      keyword(key, inner, child(pointer, key), *node);
    }
    check_whole(pointer, *node);
    return node;
  }

  const std::string& fault() const { return fault_; }

 private:
  void fail(const std::string& pointer, std::string_view what) {
    if (fault_.empty()) fault_ = fmt::format("{}: {}", pointer.empty() ? "(top)" : pointer, what);
  }

  void read_type(const json::value& value, const std::string& pointer, Schema::Node& node) {
    if (value.is_string() && std::ranges::count(types, std::string_view(value.get_string()))) {
      node.type = value.get_string();
    } else {
      fail(pointer, fmt::format("must be one of {}", fmt::join(types, ", ")));
    }
  }

  void keyword(std::string_view key, const json::value& value, const std::string& pointer,
               Schema::Node& node) {
    struct Keyword {
      std::string_view name;
      std::vector<std::string_view> types;  // where it has a meaning; empty: anywhere
      void (Parser::*read)(const json::value&, const std::string&, Schema::Node&);
    };
    static const std::array<Keyword, 11> keywords{{
        {"type", {}, &Parser::read_type},
        {"description", {}, &Parser::read_description},
        {"default", {}, &Parser::read_default},
        {"enum", {}, &Parser::read_enum},
        {"properties", {"object"}, &Parser::read_properties},
        {"required", {"object"}, &Parser::read_required},
        {"additionalProperties", {"object"}, &Parser::read_additional},
        {"items", {"array"}, &Parser::read_items},
        {"minimum", {"integer", "number"}, &Parser::read_minimum},
        {"maximum", {"integer", "number"}, &Parser::read_maximum},
        {"pattern", {"string"}, &Parser::read_pattern},
    }};
    const auto* const known = std::ranges::find(keywords, key, &Keyword::name);
    if (known == keywords.end()) {
      std::vector<std::string> names;
      names.reserve(keywords.size());
      for (const Keyword& each : keywords) names.emplace_back(each.name);
      const std::string near = config::nearest(key, names);
      fail(pointer,
           "unknown keyword; " + (near.empty() ? fmt::format("known are {}", fmt::join(names, ", "))
                                               : fmt::format("did you mean \"{}\"?", near)));
    } else if (!known->types.empty() && std::ranges::count(known->types, node.type) == 0) {
      fail(pointer,
           fmt::format("has a meaning only with \"type\": {}", fmt::join(known->types, " or ")));
    } else {
      (this->*known->read)(value, pointer, node);
    }
  }

  void read_description(const json::value& value, const std::string& pointer, Schema::Node& node) {
    if (!value.is_string()) return fail(pointer, "must be a string");
    node.description = value.get_string();
  }

  void read_default(const json::value& value, const std::string&, Schema::Node& node) {
    node.default_value = value;
  }

  void read_enum(const json::value& value, const std::string& pointer, Schema::Node& node) {
    if (!value.is_array() || value.get_array().empty()) {
      return fail(pointer, "must be an array of at least one value");
    }
    node.choices.assign(value.get_array().begin(), value.get_array().end());
  }

  void read_properties(const json::value& value, const std::string& pointer, Schema::Node& node) {
    if (!value.is_object()) return fail(pointer, "must be an object of schemas");
    for (const auto& [key, inner] : value.get_object()) {
      node.properties.emplace(key, parse(inner, child(pointer, key)));
    }
  }

  void read_required(const json::value& value, const std::string& pointer, Schema::Node& node) {
    if (!value.is_array()) return fail(pointer, "must be an array of property names");
    for (const json::value& name : value.get_array()) {
      if (!name.is_string()) return fail(pointer, "must be an array of property names");
      node.required.emplace_back(name.get_string());
    }
  }

  void read_additional(const json::value& value, const std::string& pointer, Schema::Node& node) {
    if (!value.is_bool()) return fail(pointer, "must be true or false");
    node.additional_properties = value.get_bool();
  }

  void read_items(const json::value& value, const std::string& pointer, Schema::Node& node) {
    node.items = parse(value, pointer);
  }

  void read_bound(const json::value& value, const std::string& pointer,
                  std::optional<double>& bound) {
    if (!value.is_number()) return fail(pointer, "must be a number");
    bound = value.to_number<double>();
  }
  void read_minimum(const json::value& value, const std::string& pointer, Schema::Node& node) {
    read_bound(value, pointer, node.minimum);
  }
  void read_maximum(const json::value& value, const std::string& pointer, Schema::Node& node) {
    read_bound(value, pointer, node.maximum);
  }

  void read_pattern(const json::value& value, const std::string& pointer, Schema::Node& node) {
    if (!value.is_string()) return fail(pointer, "must be a string");
    RE2::Options options;
    options.set_log_errors(false);
    node.pattern = std::make_shared<RE2>(std::string(value.get_string()), options);
    if (!node.pattern->ok()) {
      fail(pointer, fmt::format("is no RE2 expression: {}", node.pattern->error()));
    }
  }

  // What only shows when all keywords are read.
  void check_whole(const std::string& pointer, const Schema::Node& node) {
    if (!fault_.empty()) return;
    if (node.minimum && node.maximum && *node.minimum > *node.maximum) {
      return fail(child(pointer, "minimum"), "is above maximum");
    }
    for (const std::string& name : node.required) {
      if (!node.properties.contains(name) && !node.additional_properties) {
        return fail(child(pointer, "required"),
                    fmt::format("\"{}\" is not among the properties", name));
      }
    }
    if (!node.default_value) return;
    std::vector<SchemaFault> faults;
    node.check(*node.default_value, "", faults);
    if (!faults.empty()) {
      fail(child(pointer, "default"), "does not fit its own schema: " + to_text(faults));
    }
  }

  std::string fault_;
};

}  // namespace

boost::system::result<Schema, std::string> Schema::parse(std::string_view text) {
  boost::system::error_code error;
  const json::value value = text.empty()
                                ? json::value{{"type", "object"}}
                                : json::parse(json::string_view(text.data(), text.size()), error);
  if (error) return "(top): is not JSON: " + error.message();
  Parser parser;
  Schema schema;
  schema.root_ = parser.parse(value, "");
  if (!parser.fault().empty()) return parser.fault();
  if (schema.root_->type != "object") return std::string("(top): must have \"type\": \"object\"");
  return schema;
}

}  // namespace scalehook::plugin
