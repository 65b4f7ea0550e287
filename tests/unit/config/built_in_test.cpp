// What is in force with no file, and what a file leaves of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/load.hpp"
#include "core/rules/select.hpp"

namespace scalehook::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Document loaded(std::string_view yaml) {
  auto document = load(yaml);
  EXPECT_TRUE(document) << to_text("test.yml", document.error());
  return document ? *document : Document{};
}

std::vector<std::string> plugins(const std::vector<PluginInstance>& instances) {
  std::vector<std::string> names;
  for (const PluginInstance& i : instances) names.push_back(i.name + "=" + i.plugin);
  return names;
}

alert::Alert alert_with(alert::Labels labels) {
  alert::Alert alert;
  alert.labels = std::move(labels);
  return alert;
}

TEST(BuiltIn, HasTheTwoScalersALogAndOneRule) {
  const Config config = built_in();
  EXPECT_THAT(plugins(config.scalers),
              ElementsAre("deployment=k8s-deployment", "statefulset=k8s-statefulset"));
  EXPECT_THAT(plugins(config.notifiers), ElementsAre("log=log"));
  EXPECT_THAT(config.webhook_paths, ElementsAre("/hpa"));
  ASSERT_EQ(config.rules.size(), 1U);
  EXPECT_EQ(config.rules[0].selection.name, "from-labels");
  EXPECT_THAT(config.rules[0].notify, ElementsAre("log"));
}

TEST(BuiltIn, RuleTakesTheLabelsOfTheOriginal) {
  const rules::Rule rule = built_in().rules.at(0).selection;
  const auto alert = alert_with({{"trigger", "hpa"},
                                 {"action", "scale-out"},
                                 {"deployment", "test"},
                                 {"namespace", "shop"},
                                 {"value", "35"}});
  ASSERT_TRUE(rules::matches(rule, alert.labels));
  const auto selection = rules::select(rule, alert);
  ASSERT_TRUE(selection);
  EXPECT_EQ(rules::to_text(selection->target), "deployment shop/test");
  EXPECT_EQ(selection->action, "scale-out");
  EXPECT_FALSE(rules::matches(rule, {{"trigger", "mail"}}));
}

TEST(BuiltIn, RuleSendsAStatefulsetToItsScaler) {
  const auto selection =
      rules::select(built_in().rules.at(0).selection, alert_with({{"trigger", "hpa"},
                                                                  {"action", "scale-in"},
                                                                  {"statefulset", "db"},
                                                                  {"namespace", "shop"}}));
  ASSERT_TRUE(selection);
  EXPECT_EQ(rules::to_text(selection->target), "statefulset shop/db");
}

TEST(BuiltIn, IsWhatAnEmptyFileAndTheInstalledOneMean) {
  const auto installed = load_file("packaging/config/scalehook.yml");
  ASSERT_TRUE(installed) << to_text("scalehook.yml", installed.error());
  for (const Document& document : {loaded(""), loaded("# nothing\n"), loaded("{}"), *installed}) {
    const Config& config = document.config;
    EXPECT_EQ(plugins(config.scalers), plugins(built_in().scalers));
    EXPECT_EQ(plugins(config.notifiers), plugins(built_in().notifiers));
    EXPECT_EQ(config.webhook_paths, built_in().webhook_paths);
    ASSERT_EQ(config.rules.size(), 1U);
    EXPECT_EQ(config.rules[0].selection.name, "from-labels");
    EXPECT_EQ(config.rules[0].selection.alternatives.size(), 1U);
    EXPECT_THAT(config.rules[0].notify, ElementsAre("log"));
    EXPECT_THAT(document.rule_pointers, ElementsAre(""));
    EXPECT_THAT(document.scaler_pointers, ElementsAre("", ""));
    EXPECT_THAT(document.notifier_pointers, ElementsAre(""));
  }
}

TEST(BuiltIn, EachSectionIsReplacedOnItsOwn) {
  const Config config = loaded("notifiers:\n- {name: ops, plugin: email}\n").config;
  EXPECT_EQ(plugins(config.scalers), plugins(built_in().scalers));
  EXPECT_THAT(plugins(config.notifiers), ElementsAre("ops=email"));
  EXPECT_EQ(config.rules.at(0).selection.name, "from-labels");
  EXPECT_THAT(config.rules.at(0).notify, ElementsAre("ops"));
  EXPECT_THAT(loaded("notifiers: []\n").config.rules.at(0).notify, IsEmpty());
}

TEST(BuiltIn, RuleInheritsTheDefaultsOfTheFile) {
  const Config config = loaded("defaults: {limits: {max: 4}, ignore_labels: [pod]}\n").config;
  const Rule& rule = config.rules.at(0);
  EXPECT_EQ(rule.behavior.limits.min, 1);
  EXPECT_EQ(rule.behavior.limits.max, 4);
  EXPECT_THAT(rule.selection.ignore_labels, ElementsAre("pod", "value"));
}

}  // namespace
}  // namespace scalehook::config
