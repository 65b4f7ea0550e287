#include "core/simulate/load_target.hpp"

#include <gtest/gtest.h>

#include "core/config/load.hpp"
#include "core/simulate/implied_hpa.hpp"
#include "core/simulate/wording.hpp"

namespace scalehook::simulate {
namespace {

// A configuration of one rule, and rules of one group.
struct Given {
  config::Config config;
  std::vector<RuleGroup> groups;

  Given(const std::string& rule, const std::string& alerts) {
    const auto document = config::load("rules: [{name: r, matchers: [], " + rule + "}]");
    EXPECT_TRUE(document);
    config = document->config;
    auto read = read_rules("groups: [{rules: [" + alerts + "]}]", "r.yml", {});
    EXPECT_TRUE(read) << read.error();
    groups = *std::move(read);
  }

  // "TARGET of LABELS for ALERT", or what is said.
  std::string target(const alert::Labels& labels = {}) const {
    const auto found = load_target(config, groups, labels);
    if (!found) return found.error();
    return rules::to_text(found->target) + " of " + labels_text(found->labels) + " for " +
           found->alert->name;
  }

  // The HPA's measure and target.
  std::string hpa(std::optional<double> given = {}) const {
    const auto found = load_target(config, groups, {{"namespace", "n"}, {"deployment", "d"}});
    EXPECT_TRUE(found) << found.error();
    const auto hpa = implied_hpa(*found, groups, true, PlantOptions{}, given);
    EXPECT_EQ(hpa.options.min, 1);
    EXPECT_EQ(hpa.options.max, 10);
    return hpa.how;
  }
};

constexpr const char* by_labels =
    "target: {scaler: deployment, namespace: \"${namespace}\", name: \"${deployment}\"}, "
    "action: \"${action}\"";
constexpr const char* literal =
    "target: {scaler: deployment, namespace: shop, name: checkout}, action: scale-out";

TEST(LoadTarget, ItsLabelsAreThoseThatNameTheTarget) {
  EXPECT_EQ(Given(by_labels,
                  "{alert: A, expr: load > 1, labels: {action: scale-out, "
                  "namespace: n, deployment: d, severity: page}}")
                .target({{"job", "j"}}),
            "deployment n/d of {deployment=\"d\", job=\"j\", namespace=\"n\"} for A");
  EXPECT_EQ(Given(literal, "{alert: A, expr: load > 1}").target(),
            "deployment shop/checkout of {deployment=\"checkout\", namespace=\"shop\"} for A");
  EXPECT_EQ(Given(by_labels,
                  "{alert: A, expr: load > 1, labels: {action: scale-out, deployment: "
                  "\"{{ $labels.app }}\", namespace: n}}")
                .target({{"app", "a"}}),
            "deployment n/a of {app=\"a\", namespace=\"n\"} for A");
}

TEST(LoadTarget, TheAlertThatScalesOutCountsFirst) {
  const std::string labels = "namespace: n, deployment: d";
  EXPECT_EQ(Given(by_labels, "{alert: In, expr: load < 1, labels: {action: scale-in, " + labels +
                                 "}}, {alert: Out, expr: load > 1, labels: {action: scale-out, " +
                                 labels + "}}")
                .target(),
            "deployment n/d of {deployment=\"d\", namespace=\"n\"} for Out");
}

TEST(LoadTarget, OneThatIsNotClearIsRefused) {
  const auto missing = Given(by_labels, "{alert: A, expr: load > 1, labels: {action: hold}}");
  EXPECT_NE(missing.target().find("say with --label NAME=VALUE what is missing"),
            std::string::npos);
  const auto two = Given(by_labels,
                         "{alert: A, expr: load > 1, labels: {action: hold, namespace: n, "
                         "deployment: d}}, {alert: B, expr: load > 1, labels: {action: hold, "
                         "namespace: n, deployment: e}}");
  EXPECT_NE(two.target().find("alert \"A\" is about deployment n/d and alert \"B\" about "
                              "deployment n/e"),
            std::string::npos)
      << two.target();
}

TEST(ImpliedHpa, HasTheTargetOfTheRule) {
  const std::string target = "target: {scaler: deployment, namespace: n, name: d}, ";
  const struct {
    const char* policy;
    const char* rules;
    const char* how;
  } rows[] = {
      {"policy: {per_replica: 60}", "{alert: A, expr: sum(load) > 120}",
       "a target of 60 load_per_replica, the target of rule \"r\""},
      {"policy: {per_replica: 6}", "{alert: A, expr: 'sum(avg_over_time(load[2m])) / 10 > 12'}",
       "a target of 60 load_per_replica, the target of rule \"r\""},
      {"policy: {ratio: 0.5}", "{alert: A, expr: avg(load_per_replica) / 100 > 0.8}",
       "a target of 50 load_per_replica, the target of rule \"r\""},
      {"policy: {ratio: 70}, query: max(utilization)", "{alert: A, expr: sum(load) > 200}",
       "a target of 70 % utilization, the target of rule \"r\""},
      {"policy: {step: 1}", "{alert: A, expr: load_per_replica > 80}",
       "a target of 70 load_per_replica, 0.875 of the threshold of alert \"A\""},
      {"policy: {step: 1}",
       "{record: used, expr: load_per_replica * 2}, {alert: A, expr: used > 80}",
       "a target of 35 load_per_replica, 0.875 of the threshold of alert \"A\""},
      {"policy: {step: 1}", "{alert: A, expr: sum(load) > 200}",
       "a target of 70 load_per_replica, 0.7 of --capacity, because \"sum(load)\" implies none: it "
       "is not in proportion to the load per replica"},
      {"policy: {step: 1}", "{alert: A, expr: backlog > 200}",
       "a target of 70 load_per_replica, 0.7 of --capacity, because \"backlog\" implies none: it "
       "is not in proportion to the load per replica"},
  };
  for (const auto& row : rows) {
    const Given given{target + "action: scale-out, " + row.policy, row.rules};
    EXPECT_EQ(given.hpa(), row.how) << row.rules;
  }
  const Given given{target + "action: scale-out", "{alert: A, expr: load > 200}"};
  EXPECT_EQ(given.hpa(55), "a target of 55 load_per_replica, which --hpa-target says");
}

}  // namespace
}  // namespace scalehook::simulate
