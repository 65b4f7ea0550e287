#include "core/plugin/schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace scalehook::plugin {
namespace {

namespace json = boost::json;
using testing::HasSubstr;

Schema parsed(std::string_view text) {
  auto schema = Schema::parse(text);
  EXPECT_TRUE(schema) << schema.error();
  return *schema;
}

std::string faults_of(const Schema& schema, std::string_view value) {
  return to_text(schema.check(json::parse({value.data(), value.size()})));
}

std::string filled(const Schema& schema, std::string_view value) {
  const json::value given = json::parse({value.data(), value.size()});
  EXPECT_EQ(to_text(schema.check(given)), "");
  return json::serialize(schema.with_defaults(given));
}

struct Case {
  std::string_view schema;
  std::string_view message;
};

TEST(SchemaParse, EveryFaultOfASchemaSaysWhereItIs) {
  const Case cases[] = {
      {"nonsense", "(top): is not JSON: syntax error"},
      {"[]", "(top): a schema is an object"},
      {"{}", "(top): must have \"type\": \"object\""},
      {R"({"type": "string"})", "(top): must have \"type\": \"object\""},
      {R"({"type": "objekt"})",
       "/type: must be one of object, array, string, integer, number, boolean, null"},
      {R"({"type": ["object"]})",
       "/type: must be one of object, array, string, integer, number, boolean, null"},
      {R"({"type": "object", "propertys": {}})",
       "/propertys: unknown keyword; did you mean \"properties\"?"},
      {R"({"type": "object", "$ref": "#"})",
       "/$ref: unknown keyword; known are type, description, default, enum, properties, required, "
       "additionalProperties, items, minimum, maximum, pattern"},
      {R"({"type": "object", "properties": []})", "/properties: must be an object of schemas"},
      {R"({"type": "object", "properties": {"a/b": 1}})",
       "/properties/a~1b: a schema is an object"},
      {R"({"type": "object", "required": "a"})", "/required: must be an array of property names"},
      {R"({"type": "object", "required": ["a"]})", "/required: \"a\" is not among the properties"},
      {R"({"type": "object", "additionalProperties": {}})",
       "/additionalProperties: must be true or false"},
      {R"({"type": "object", "properties": {"a": {"type": "string", "minimum": 1}}})",
       "/properties/a/minimum: has a meaning only with \"type\": integer or number"},
      {R"({"type": "object", "properties": {"a": {"type": "integer", "minimum": "1"}}})",
       "/properties/a/minimum: must be a number"},
      {R"({"type": "object", "properties": {"a": {"type": "integer", "minimum": 2, "maximum": 1}}})",
       "/properties/a/minimum: is above maximum"},
      {R"({"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}})",
       "/properties/a/pattern: is no RE2 expression: missing ): ("},
      {R"({"type": "object", "properties": {"a": {"enum": []}}})",
       "/properties/a/enum: must be an array of at least one value"},
      {R"({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "x"}}}})",
       "/properties/a/items/type: must be one of object, array, string, integer, number, boolean, "
       "null"},
      {R"({"type": "object", "properties": {"a": {"type": "integer", "default": "1"}}})",
       "/properties/a/default: does not fit its own schema: must be an integer, not a string"},
      {R"({"type": "object", "description": 1})", "/description: must be a string"},
  };
  for (const Case& each : cases) {
    const auto schema = Schema::parse(each.schema);
    ASSERT_FALSE(schema) << each.schema;
    EXPECT_EQ(schema.error(), each.message) << each.schema;
  }
}

TEST(SchemaParse, EmptyTextIsAnObjectWithoutProperties) {
  const Schema none = parsed("");
  EXPECT_EQ(faults_of(none, "{}"), "");
  EXPECT_EQ(faults_of(none, R"({"a": 1})"), "/a: unknown key; there are none here, remove it");
  EXPECT_EQ(faults_of(none, "[]"), "must be an object, not an array");
}

constexpr std::string_view mail = R"({
  "type": "object",
  "required": ["smarthost", "to"],
  "properties": {
    "smarthost": {"type": "string", "pattern": "^[^:]+:[0-9]+$", "description": "host:port"},
    "to": {"type": "array", "items": {"type": "string", "pattern": "@"}},
    "timeout": {"type": "number", "minimum": 0.5, "maximum": 60, "default": 10},
    "port": {"type": "integer", "minimum": 1},
    "security": {"enum": ["none", "tls", 3], "default": "tls"},
    "headers": {"type": "object", "additionalProperties": true},
    "tls": {"type": "object", "properties": {
      "verify": {"type": "boolean", "default": true},
      "ca": {"type": "object", "required": ["file"], "properties": {
        "file": {"type": "string"}, "depth": {"type": "integer", "default": 3}}}}}
  }
})";

TEST(Schema, AllFaultsAtOnceInTheOrderOfTheKeys) {
  EXPECT_EQ(
      faults_of(parsed(mail),
                R"({"tls": {"verfy": 1}, "port": 0, "timeout": 61, "security": "ssl",
                          "to": ["a@b", "c", 4], "colour": null})"),
      "/tls/verfy: unknown key; did you mean \"verify\"?; /port: must be at least 1; /timeout: "
      "must be at most 60; /security: must be one of \"none\", \"tls\", 3, not \"ssl\"; "
      "/to/1: must match @; /to/2: must be a string, not an integer; /colour: unknown key; "
      "known are headers, port, security, smarthost, timeout, tls, to; \"smarthost\" is "
      "missing; add it (host:port)");
}

TEST(Schema, WhatFits) {
  const Schema schema = parsed(mail);
  for (const std::string_view value : {
           R"({"smarthost": "a:25", "to": []})",
           R"({"smarthost": "a:25", "to": ["x@y"], "timeout": 0.5, "port": 25, "security": 3})",
           R"({"smarthost": "a:25", "to": [], "headers": {"any": [1, {"x": null}]}})",
           R"({"smarthost": "a:25", "to": [], "port": 25.0, "timeout": 3})",
       }) {
    EXPECT_EQ(faults_of(schema, value), "") << value;
  }
}

TEST(Schema, TypesAreToldApart) {
  const Schema schema = parsed(mail);
  EXPECT_THAT(faults_of(schema, R"({"port": 2.5})"),
              HasSubstr("/port: must be an integer, not a number"));
  EXPECT_THAT(faults_of(schema, R"({"port": true})"),
              HasSubstr("/port: must be an integer, not a boolean"));
  EXPECT_THAT(faults_of(schema, R"({"timeout": "10"})"),
              HasSubstr("/timeout: must be a number, not a string"));
  EXPECT_THAT(faults_of(schema, R"({"tls": null})"),
              HasSubstr("/tls: must be an object, not null"));
}

TEST(Schema, PointersAreEscaped) {
  EXPECT_EQ(faults_of(parsed(""), R"({"a/b~c": 1})"),
            "/a~1b~0c: unknown key; there are none here, remove it");
}

// A password must not come back in a message.
TEST(Schema, ValuesAreNotQuoted) {
  EXPECT_EQ(faults_of(parsed(mail), R"({"smarthost": "secret", "to": []})"),
            "/smarthost: must match ^[^:]+:[0-9]+$ (host:port)");
}

TEST(Schema, DefaultsFillInAtAnyDepth) {
  const Schema schema = parsed(mail);
  EXPECT_EQ(filled(schema, R"({"smarthost": "a:25", "to": []})"),
            R"({"smarthost":"a:25","to":[],"security":"tls","timeout":10,"tls":{"verify":true}})");
  // What is there stays; an object whose required key has no default does not come into being.
  EXPECT_EQ(filled(schema, R"({"smarthost": "a:25", "to": [], "timeout": 1, "security": "none",
                               "tls": {"verify": false, "ca": {"file": "f"}}})"),
            R"({"smarthost":"a:25","to":[],"timeout":1,"security":"none",)"
            R"("tls":{"verify":false,"ca":{"file":"f","depth":3}}})");
}

TEST(Schema, DefaultsFillInInsideArrays) {
  EXPECT_EQ(filled(parsed(R"({"type": "object", "properties": {"peers": {"type": "array", "items":
                        {"type": "object", "properties": {"port": {"type": "integer",
                         "default": 9}, "host": {"type": "string"}}}}}})"),
                   R"({"peers": [{"host": "a"}, {"port": 1}]})"),
            R"({"peers":[{"host":"a","port":9},{"port":1}]})");
}

TEST(Schema, ARequiredKeyWithADefaultIsNotMissing) {
  EXPECT_EQ(filled(parsed(R"({"type": "object", "required": ["n"],
                              "properties": {"n": {"type": "integer", "default": 4}}})"),
                   "{}"),
            R"({"n":4})");
}

TEST(Schema, ATargetIsOfStrings) {
  EXPECT_TRUE(parsed("").is_of_strings());
  EXPECT_TRUE(
      parsed(R"({"type": "object", "properties": {"a": {"type": "string"}}})").is_of_strings());
  EXPECT_FALSE(
      parsed(R"({"type": "object", "properties": {"a": {"type": "integer"}}})").is_of_strings());
  EXPECT_FALSE(parsed(R"({"type": "object", "additionalProperties": true})").is_of_strings());
}

}  // namespace
}  // namespace scalehook::plugin
