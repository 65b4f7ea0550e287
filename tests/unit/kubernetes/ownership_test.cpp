#include "plugins/kubernetes/ownership.hpp"

#include <gmock/gmock.h>

namespace scalehook::kubernetes {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const Resource deployment{"apps", "v1", "Deployment", "deployments"};
const Place place{"shop", "web"};
const Owner rollout{"Rollout", "canary"};
const Autoscaler by_cpu{.name = "by-cpu"};
const Autoscaler by_queue{.name = "by-queue"};
const Autoscaler keda{.name = "keda-hpa-orders", .owner = Owner{"ScaledObject", "orders"}};
const Autoscaler tenants{.name = "made", .owner = Owner{"Tenant", "a"}};

outcome<std::optional<Autoscaler>> settle(OnAutoscaler setting,
                                          const std::vector<Autoscaler>& autoscalers,
                                          const std::optional<Owner>& controller = {}) {
  return settle_ownership(setting, deployment, place, controller, autoscalers);
}

TEST(Ownership, WithoutAnotherScalerItIsTheCount) {
  for (const auto setting : {OnAutoscaler::refuse, OnAutoscaler::raise_min}) {
    const auto settled = settle(setting, {});
    ASSERT_TRUE(settled);
    EXPECT_FALSE(*settled);
  }
}

TEST(Ownership, RaiseMinTakesTheOneAutoscaler) {
  for (const auto& controller : {std::optional<Owner>{}, std::optional{rollout}}) {
    const auto settled = settle(OnAutoscaler::raise_min, {by_cpu}, controller);
    ASSERT_TRUE(settled);
    ASSERT_TRUE(*settled);
    EXPECT_EQ((*settled)->name, "by-cpu");
  }
}

TEST(Ownership, WhoeverWouldUndoItIsNamed) {
  constexpr auto refuse = OnAutoscaler::refuse;
  constexpr auto raise_min = OnAutoscaler::raise_min;
  struct Row {
    const char* what;
    std::vector<OnAutoscaler> settings;
    std::vector<Autoscaler> autoscalers;
    std::optional<Owner> controller;
    std::vector<const char*> said;
  };
  const Row rows[] = {
      {"one", {refuse}, {by_cpu}, {}, {"HorizontalPodAutoscaler shop/by-cpu", "hpa: raise-min"}},
      {"two", {refuse, raise_min}, {by_cpu, by_queue}, {}, {"shop/by-cpu and shop/by-queue"}},
      {"KEDA's",
       {refuse, raise_min},
       {keda},
       {},
       {"ScaledObject shop/orders", "shop/keda-hpa-orders", "minReplicaCount",
        "autoscaling.keda.sh/paused: \"true\""}},
      {"another's", {refuse, raise_min}, {tenants}, {}, {"shop/made", "Tenant a"}},
      {"a controller", {refuse, raise_min}, {}, rollout, {"Rollout canary"}},
  };
  for (const Row& row : rows) {
    for (const auto setting : row.settings) {
      const auto settled = settle(setting, row.autoscalers, row.controller);
      ASSERT_FALSE(settled) << row.what;
      EXPECT_EQ(settled.error().status, status::refused) << row.what;
      EXPECT_EQ(settled.error().code, "hpa-owns") << row.what;
      for (const char* said : row.said) {
        EXPECT_THAT(settled.error().explanation,
                    AllOf(HasSubstr(said), HasSubstr("let no rule target this Deployment")))
            << row.what;
      }
    }
  }
}

}  // namespace
}  // namespace scalehook::kubernetes
