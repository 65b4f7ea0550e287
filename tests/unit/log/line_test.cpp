#include "plugins/log/line.hpp"

#include <gtest/gtest.h>

namespace scalehook::log {
namespace {

std::string as(Format format, const char* json) { return line(format, *parse_event(json)); }

TEST(Line, LogfmtQuotesAsGoDoes) {
  const struct {
    const char* json;
    const char* line;
  } rows[] = {
      {R"({})", ""},
      {R"({"kind": "scaled", "from": 2})", "kind=scaled from=2"},
      {R"({"rule": "a b"})", R"(rule="a b")"},
      {R"({"rule": "a=b"})", R"(rule="a=b")"},
      {R"({"rule": "\"\\"})", R"(rule="\"\\")"},
      {R"({"rule": "a\nb\tc"})", R"(rule="a\nb\u0009c")"},
      {R"({"rule": "\u0085\u2028\u2029\u007f"})", R"(rule="\u0085\u2028\u2029\u007f")"},
      {R"({"rule": "é"})", R"(rule="é")"},
      {R"({"episode": "e", "id": "1"})", "episode=e id=1"},
  };
  for (const auto& row : rows) EXPECT_EQ(as(Format::logfmt, row.json), row.line) << row.json;
}

TEST(Line, JsonIsTheWholeEvent) {
  EXPECT_EQ(as(Format::json, R"({ "later": [1, {"x": "\n\u0085"}], "id": "1" })"),
            R"({"later":[1,{"x":"\n\u0085"}],"id":"1"})");
}

TEST(Line, TextIsASentence) {
  const struct {
    const char* json;
    const char* line;
  } rows[] = {
      {R"({"target_text": "deployment a/b", "from": 2, "to": 3, "reason": "applied",
           "explanation": "why"})",
       "deployment a/b: 2 -> 3 (applied): why"},
      {R"({"target_text": "deployment a/b", "from": 3, "to": 3, "reason": "at-max"})",
       "deployment a/b: 3 (at-max)"},
      {R"({"target_text": "deployment a/b", "from": 3, "reason": "failed", "explanation": "x"})",
       "deployment a/b: 3 (failed): x"},
      {R"({"target_text": "deployment a/b", "reason": "failed", "explanation": "a\nb"})",
       R"(deployment a/b (failed): a\u000ab)"},
      {R"({"reason": "no-target", "explanation": "no label"})", "no target (no-target): no label"},
      {R"({})", "no target"},
  };
  for (const auto& row : rows) EXPECT_EQ(as(Format::text, row.json), row.line) << row.json;
}

}  // namespace
}  // namespace scalehook::log
