#include "core/dispatch/intake.hpp"

#include <gtest/gtest.h>

#include "tests/unit/dispatch/simulated.hpp"

namespace scalehook::dispatch {
namespace {

TEST(Intake, TheFirstRuleThatMatchesWins) {
  SimulatedCluster cluster;
  auto config = std::make_shared<config::Config>(config::built_in());
  auto first = config->rules[0];
  first.selection.name = "first";
  first.behavior.rule = "first";
  first.selection.matchers.push_back(*rules::Matcher::parse("service=cart"));
  config->rules.insert(config->rules.begin(), first);
  dispatch::Setup setup;
  setup.config = config;
  setup.scalers["deployment"] = cluster.scaler();

  alert::Alert alert;
  alert.labels = {{"trigger", "hpa"},
                  {"action", "scale-out"},
                  {"namespace", "shop"},
                  {"deployment", "cart"},
                  {"value", "12"}};
  auto other = alert;
  other.labels["service"] = "cart";
  const auto intake = take_in(setup, {alert, other});
  ASSERT_TRUE(intake.turned.empty());
  ASSERT_EQ(intake.targets.size(), 1u);
  const auto& seen = intake.targets.begin()->second.observations;
  EXPECT_EQ(seen[0].behavior->rule, "from-labels");
  EXPECT_EQ(seen[1].behavior->rule, "first");
  EXPECT_EQ(seen[0].value, 12.0);
  EXPECT_FALSE(seen[0].series.contains("value"));
}

TEST(Intake, AScalerThatIsNotConfiguredIsNamed) {
  dispatch::Setup setup;
  setup.config = std::make_shared<config::Config>(config::built_in());
  alert::Alert alert;
  alert.labels = {
      {"trigger", "hpa"}, {"action", "scale-out"}, {"namespace", "shop"}, {"deployment", "cart"}};
  const auto intake = take_in(setup, {alert});
  ASSERT_EQ(intake.turned.size(), 1u);
  EXPECT_EQ(intake.turned[0].reason, scaling::Reason::no_target);
  EXPECT_EQ(intake.turned[0].explanation,
            "rule \"from-labels\" sends it to scaler \"deployment\", and none of that name is "
            "configured");
}

}  // namespace
}  // namespace scalehook::dispatch
