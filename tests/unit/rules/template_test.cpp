#include "core/rules/template.hpp"

#include <gtest/gtest.h>

namespace scalehook::rules {
namespace {

TEST(Template, PutsInLabelsThenAnnotations) {
  alert::Alert alert;
  alert.labels = {{"deployment", "test"}, {"both", "label"}, {"empty", ""}};
  alert.annotations = {{"team", "shop"}, {"both", "annotation"}};
  EXPECT_EQ(*expand("${deployment}", alert), "test");
  EXPECT_EQ(*expand("${team}-${deployment}-v1", alert), "shop-test-v1");
  EXPECT_EQ(*expand("${both}", alert), "label");
  EXPECT_EQ(*expand("plain", alert), "plain");
  EXPECT_EQ(*expand("cost: $$5", alert), "cost: $5");
  EXPECT_EQ(expand("${deployment}/${absent}", alert).error(), "absent");
  EXPECT_EQ(expand("${empty}", alert).error(), "empty");
}

TEST(Template, NamesItsLabels) {
  EXPECT_EQ(placeholders("${team}-$${no}-${deployment}"),
            (std::vector<std::string>{"team", "deployment"}));
  EXPECT_TRUE(placeholders("plain").empty());
}

TEST(Template, SaysWhatIsWrong) {
  EXPECT_FALSE(check_template("${a}-${_b9}$$"));
  EXPECT_EQ(check_template("$a"), "a \"$\" must be written \"$$\", or begin a \"${label}\"");
  EXPECT_EQ(check_template("a$"), "a \"$\" must be written \"$$\", or begin a \"${label}\"");
  EXPECT_EQ(check_template("${a"), "a \"${\" is not closed by \"}\"");
  EXPECT_EQ(check_template("${a-b}"), "\"${a-b}\" does not name a label");
  EXPECT_EQ(check_template("${}"), "\"${}\" does not name a label");
  EXPECT_EQ(check_template("${9a}"), "\"${9a}\" does not name a label");
}

}  // namespace
}  // namespace scalehook::rules
