#include "core/rules/matcher.hpp"

#include <gtest/gtest.h>

namespace scalehook::rules {
namespace {

bool matches(const char* text, const alert::Labels& labels) {
  const auto matcher = Matcher::parse(text);
  EXPECT_TRUE(matcher) << text;
  return matcher && matcher->matches(labels);
}

TEST(Matcher, MatchesAsAlertmanagerDoes) {
  const alert::Labels labels{{"trigger", "hpa"}, {"service", "checkout"}, {"quote", "a\"b"}};
  for (const char* text : {
           R"(trigger="hpa")",
           "trigger=hpa",
           R"( trigger = "hpa" )",
           R"(trigger!="mail")",
           R"(service=~"checkout|cart")",
           R"(service=~"check.*")",
           R"(service!~"check")",
           R"(absent="")",
           R"(absent!="x")",
           R"(absent=~".*")",
           R"(absent!~".+")",
           R"(quote="a\"b")",
           R"(service=~"\w+")",
       }) {
    EXPECT_TRUE(matches(text, labels)) << text;
  }
  for (const char* text : {
           R"(trigger="HPA")",
           R"(trigger!="hpa")",
           R"(service=~"check")",
           R"(service=~"out|cart")",
           R"(service!~"checkout|cart")",
           R"(absent="x")",
           R"(absent!="")",
           R"(absent=~".+")",
       }) {
    EXPECT_FALSE(matches(text, labels)) << text;
  }
}

TEST(Matcher, SaysWhatIsWrong) {
  struct Row {
    const char* text;
    const char* fault;
  };
  for (const auto& [text, fault] : {
           Row{"", "matcher '': must begin with a label name, as in severity=\"page\""},
           Row{"=x", "matcher '=x': must begin with a label name, as in severity=\"page\""},
           Row{"trigger", "matcher 'trigger': after the label name must come one of = != =~ !~"},
           Row{"trigger<1",
               "matcher 'trigger<1': after the label name must come one of = != =~ !~"},
           Row{"a=\"b", "matcher 'a=\"b': the closing quote is missing"},
           Row{"a=\"b\\", "matcher 'a=\"b\\': the closing quote is missing"},
           Row{"a=\"b\"c", "matcher 'a=\"b\"c': something follows the closing quote"},
           Row{"a=b\"c", "matcher 'a=b\"c': a quote stands inside an unquoted value"},
           Row{"a=~\"(\"", "matcher 'a=~\"(\"': the regular expression is wrong: missing ): ("},
       }) {
    const auto matcher = Matcher::parse(text);
    ASSERT_FALSE(matcher) << text;
    EXPECT_EQ(matcher.error(), fault);
  }
}

TEST(Matcher, TellsWhatItAsksOfALabel) {
  struct Row {
    const char* text;
    bool needs_label;
    std::vector<std::string> words;
  };
  for (const auto& [text, needs_label, words] :
       std::vector<Row>{{"team=\"shop\"", true, {"shop"}},
                        {"team=\"\"", false, {""}},
                        {"team!=\"shop\"", false, {}},
                        {"team!=\"\"", true, {}},
                        {"team=~\"shop|search-api\"", true, {"shop", "search-api"}},
                        {"team=~\"shop|s.*\"", true, {"shop"}},
                        {"team=~\".*\"", false, {}},
                        {"team!~\"shop\"", false, {}}}) {
    const auto matcher = Matcher::parse(text);
    ASSERT_TRUE(matcher) << text;
    EXPECT_EQ(matcher->label(), "team") << text;
    EXPECT_EQ(matcher->needs_label(), needs_label) << text;
    EXPECT_EQ(matcher->words(), words) << text;
  }
}

}  // namespace
}  // namespace scalehook::rules
