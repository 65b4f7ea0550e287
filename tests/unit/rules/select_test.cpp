#include "core/rules/select.hpp"

#include <gtest/gtest.h>

namespace scalehook::rules {
namespace {

Rule from_labels() {
  Rule rule;
  rule.name = "from-labels";
  rule.matchers = {*Matcher::parse("trigger=hpa")};
  rule.scaler = "deployment";
  rule.target = {{"namespace", "${namespace}"}, {"name", "${deployment}"}};
  rule.action = "${action}";
  rule.alternatives = {
      {"statefulset", "statefulset", {{"namespace", "${namespace}"}, {"name", "${statefulset}"}}}};
  return rule;
}

alert::Alert original() {
  alert::Alert alert;
  alert.labels = {{"alertname", "Busy"},  {"trigger", "hpa"},       {"action", "scale-out"},
                  {"deployment", "test"}, {"namespace", "default"}, {"value", "35"}};
  return alert;
}

TEST(Select, MatchesOnlyWhenAllMatchersDo) {
  auto rule = from_labels();
  EXPECT_TRUE(matches(rule, original().labels));
  rule.matchers.push_back(*Matcher::parse("severity=page"));
  EXPECT_FALSE(matches(rule, original().labels));
}

TEST(Select, TheOriginalLabelsMeanATarget) {
  const auto selection = select(from_labels(), original());
  ASSERT_TRUE(selection);
  EXPECT_EQ(to_text(selection->target), "deployment default/test");
  EXPECT_EQ(selection->action, "scale-out");
}

TEST(Select, AStatefulsetLabelMeansThatScaler) {
  auto alert = original();
  alert.labels.erase("deployment");
  alert.labels["statefulset"] = "db";
  const auto selection = select(from_labels(), alert);
  ASSERT_TRUE(selection);
  EXPECT_EQ(to_text(selection->target), "statefulset default/db");
}

TEST(Select, IdentityLeavesValueAndIgnoredLabelsOut) {
  auto rule = from_labels();
  rule.ignore_labels = {"instance"};
  auto one = original();
  one.labels["instance"] = "a";
  auto other = original();
  other.labels["instance"] = "b";
  other.labels["value"] = "36";
  const auto first = select(rule, one);
  const auto second = select(rule, other);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->identity, second->identity);
  EXPECT_NE(first->series, second->series) << "ignored labels still make another series";
  other.labels["instance"] = "a";
  EXPECT_EQ(select(rule, other)->series, first->series) << "value does not";
}

TEST(Select, NamesTheLabelThatIsMissing) {
  auto alert = original();
  alert.labels.erase("deployment");
  EXPECT_EQ(select(from_labels(), alert).error().explanation,
            "the alert has no label or annotation \"deployment\", which target.name of rule "
            "\"from-labels\" needs");
}

}  // namespace
}  // namespace scalehook::rules
