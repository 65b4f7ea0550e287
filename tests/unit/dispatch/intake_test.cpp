#include "core/dispatch/intake.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "tests/unit/dispatch/simulated.hpp"

namespace scalehook::dispatch {
namespace {

alert::Alert firing(const std::string& deployment) {
  alert::Alert alert;
  alert.labels = {{"trigger", "hpa"},
                  {"action", "scale-out"},
                  {"namespace", "shop"},
                  {"deployment", deployment}};
  alert.fingerprint = "e0de2cd5f4b1a7d9";
  return alert;
}

struct IntakeTest : ::testing::Test {
  // By the built-in rule.
  IntakeTest() {
    auto setup = std::make_shared<dispatch::Setup>();
    setup->config = std::make_shared<config::Config>(config::built_in());
    setup->scalers["deployment"] = cluster.scaler();
    intake.emplace(std::move(setup));
  }

  std::string target_of(const alert::Alert& alert) {
    const auto taken = intake->take({alert});
    return taken.targets.empty() ? "" : rules::to_text(*taken.targets.begin()->first);
  }
  std::optional<double> value_of(const alert::Alert& alert) {
    return intake->take({alert}).targets.begin()->second.observations.at(0).series->value;
  }

  SimulatedCluster cluster;
  std::optional<Intake> intake;
};

TEST_F(IntakeTest, ARepeatedAlertMeansTheSame) {
  auto alert = firing("cart");
  EXPECT_EQ(target_of(alert), "deployment shop/cart");
  alert.status = alert::Status::resolved;
  alert.starts_at += std::chrono::seconds{1};
  alert.ends_at = alert.starts_at + std::chrono::seconds{2};
  const auto taken = intake->take({alert});
  const auto& seen = taken.targets.begin()->second.observations.at(0);
  EXPECT_EQ(rules::to_text(*taken.targets.begin()->first), "deployment shop/cart");
  EXPECT_EQ(seen.status, alert::Status::resolved);
  EXPECT_EQ(seen.starts_at, alert.starts_at);
  EXPECT_EQ(seen.ends_at, alert.ends_at);
}

TEST_F(IntakeTest, AFingerprintAloneMakesNoTwoAlertsTheSame) {
  EXPECT_EQ(target_of(firing("cart")), "deployment shop/cart");
  EXPECT_EQ(target_of(firing("checkout")), "deployment shop/checkout");
  EXPECT_EQ(target_of(firing("cart")), "deployment shop/cart");
  auto lacking = firing("cart");
  lacking.labels.erase("namespace");
  EXPECT_EQ(target_of(lacking), "");
}

TEST_F(IntakeTest, WhatAnAnnotationSaysIsReadAnew) {
  auto alert = firing("cart");
  alert.annotations = {{"value", "12"}};
  EXPECT_EQ(value_of(alert), 12.0);
  alert.annotations = {{"value", "13"}};
  EXPECT_EQ(value_of(alert), 13.0);
  alert.annotations = {};
  EXPECT_EQ(value_of(alert), std::nullopt);
  alert.generator_url = "http://prometheus/graph?g0.expr=up";
  EXPECT_EQ(intake->take({alert}).targets.begin()->second.observations.at(0).series->generator_url,
            alert.generator_url);
}

TEST_F(IntakeTest, MoreAlertsThanAreRememberedAreTakenAlike) {
  for (int round = 0; round < 2; ++round) {
    for (std::size_t number = 0; number < 2 * Intake::most_known + 1; ++number) {
      auto alert = firing("web-" + std::to_string(number));
      alert.fingerprint = std::to_string(number);
      ASSERT_EQ(target_of(alert), "deployment shop/web-" + std::to_string(number));
    }
  }
}

TEST_F(IntakeTest, AnAlertOfMuchTextIsTakenAlike) {
  auto alert = firing("cart");
  for (const char* value : {"12", "13"}) {
    alert.annotations = {{"runbook", std::string(Intake::most_text, 'x')}, {"value", value}};
    EXPECT_EQ(target_of(alert), "deployment shop/cart");
    EXPECT_EQ(value_of(alert), std::stod(value));
  }
}

TEST(Intake, TheFirstRuleThatMatchesWins) {
  SimulatedCluster cluster;
  auto config = std::make_shared<config::Config>(config::built_in());
  auto first = config->rules[0];
  first.selection.name = "first";
  first.behavior.rule = "first";
  first.selection.matchers.push_back(*rules::Matcher::parse("service=cart"));
  config->rules.insert(config->rules.begin(), first);
  auto setup = std::make_shared<dispatch::Setup>();
  setup->config = config;
  setup->scalers["deployment"] = cluster.scaler();

  auto alert = firing("cart");
  alert.labels["value"] = "12";
  auto other = alert;
  other.labels["service"] = "cart";
  const auto taken = Intake{setup}.take({alert, other});
  ASSERT_TRUE(taken.turned.empty());
  ASSERT_EQ(taken.targets.size(), 1u);
  const auto& seen = taken.targets.begin()->second.observations;
  EXPECT_EQ(seen[0].series->behavior->rule, "from-labels");
  EXPECT_EQ(seen[1].series->behavior->rule, "first");
  EXPECT_EQ(seen[0].series->value, 12.0);
  EXPECT_FALSE(seen[0].series->labels.contains("value"));
}

TEST(Intake, AScalerThatIsNotConfiguredIsNamed) {
  auto setup = std::make_shared<dispatch::Setup>();
  setup->config = std::make_shared<config::Config>(config::built_in());
  const auto taken = Intake{setup}.take({firing("cart")});
  ASSERT_EQ(taken.turned.size(), 1u);
  EXPECT_EQ(taken.turned[0].reason, scaling::Reason::no_target);
  EXPECT_EQ(taken.turned[0].explanation,
            "rule \"from-labels\" sends it to scaler \"deployment\", and none of that name is "
            "configured");
}

}  // namespace
}  // namespace scalehook::dispatch
