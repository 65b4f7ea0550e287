#include "core/config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scalehook::config {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

Document loaded(std::string_view yaml) {
  auto document = load(yaml);
  EXPECT_TRUE(document) << to_text("test.yml", document.error());
  return document ? *document : Document{};
}

// One rule with the given further keys.
Rule rule_with(const std::string& keys, const std::string& defaults = "") {
  const Document document = loaded(defaults +
                                   "\nrules:\n- name: r\n  matchers: []\n"
                                   "  target: {scaler: deployment, name: x}\n" +
                                   keys);
  return document.config.rules.at(0);
}

constexpr std::string_view whole = R"(
alertmanager: {url: http://alertmanager:9093, settled: 2m, receiver: auto-hpa}
prometheus:   {url: "https://[::1]:9090/prefix"}
plugins:
  directories: [/usr/lib/scalehook/plugins]
web: {webhook_paths: [/scale, /hpa]}
history: {retention: 90d}
scalers:
  - {name: deployment,  plugin: k8s-deployment,  settings: {kubeconfig: /etc/scalehook/kubeconfig}}
  - {name: statefulset, plugin: k8s-statefulset}
notifiers:
  - {name: journal, plugin: log}
  - name: ops
    plugin: email
    events: [scaled, refused, failed]
    settings: {smarthost: "smtp.example.org:587", from: scalehook@example.org, to: [ops@example.org],
               username: scalehook, password_file: /etc/scalehook/smtp-password, require_tls: true}
defaults:
  policy: {step: 1}
  limits: {min: 1, max: 10}
  cooldown: {out: 3m, in: 5m}
  while_firing: {every: 5m}
  on_resolved: restore
  scale_in: {stabilization: 300s}
  dry_run: false
  notify: [journal]
rules:
  - name: checkout-queue
    matchers: ['trigger="hpa"', 'service=~"checkout|cart"']
    target: {scaler: deployment, namespace: shop, name: checkout}
    action: scale-out
    policy: {per_replica: 30}
    limits: {min: 2, max: 40}
    notify: [journal, ops]
  - name: from-labels
    matchers: ['trigger="hpa"']
    target: {scaler: deployment, namespace: "${namespace}", name: "${deployment}"}
    action: "${action}"
)";

TEST(Load, ReadsEverySection) {
  const Config config = loaded(whole).config;
  EXPECT_EQ(config.history_retention, std::chrono::days(90));
  EXPECT_EQ(config.alertmanager_urls, std::vector<std::string>{"http://alertmanager:9093"});
  EXPECT_EQ(config.alertmanager_settled, 2min);
  EXPECT_EQ(config.alertmanager_receiver, "auto-hpa");
  EXPECT_EQ(config.prometheus_url, "https://[::1]:9090/prefix");
  EXPECT_THAT(config.plugin_directories, ElementsAre("/usr/lib/scalehook/plugins"));
  EXPECT_THAT(config.webhook_paths, ElementsAre("/hpa", "/scale"));
  ASSERT_EQ(config.scalers.size(), 2U);
  EXPECT_EQ(config.scalers[0].settings.at("kubeconfig").as_string(), "/etc/scalehook/kubeconfig");
  EXPECT_TRUE(config.scalers[1].settings.empty());
  ASSERT_EQ(config.notifiers.size(), 2U);
  EXPECT_THAT(config.notifiers[1].events, UnorderedElementsAre("scaled", "refused", "failed"));
  EXPECT_TRUE(config.notifiers[1].settings.at("require_tls").as_bool());
  EXPECT_EQ(config.notifiers[1].settings.at("to").as_array().at(0).as_string(), "ops@example.org");
}

TEST(Load, ReadsARule) {
  const Config config = loaded(whole).config;
  ASSERT_EQ(config.rules.size(), 2U);
  const Rule& rule = config.rules[0];
  EXPECT_EQ(rule.selection.name, "checkout-queue");
  ASSERT_EQ(rule.selection.matchers.size(), 2U);
  EXPECT_TRUE(rule.selection.matchers[1].matches({{"service", "cart"}}));
  EXPECT_EQ(rule.selection.scaler, "deployment");
  EXPECT_THAT(rule.selection.target,
              ElementsAre(std::pair("name", "checkout"), std::pair("namespace", "shop")));
  EXPECT_EQ(rule.selection.action, "scale-out");
  EXPECT_EQ(std::get<scaling::PerReplica>(rule.behavior.policy).target, 30);
  EXPECT_EQ(rule.behavior.limits.min, 2);
  EXPECT_EQ(rule.behavior.limits.max, 40);
  EXPECT_THAT(rule.notify, ElementsAre("journal", "ops"));
}

TEST(Load, RulesInheritWhatTheyDoNotSay) {
  const Rule rule = loaded(whole).config.rules.at(1);
  EXPECT_EQ(std::get<scaling::Step>(rule.behavior.policy).replicas, 1);
  EXPECT_EQ(rule.behavior.limits.max, 10);
  EXPECT_EQ(rule.behavior.cooldown.out, 3min);
  EXPECT_EQ(rule.behavior.cooldown.in, 5min);
  EXPECT_EQ(rule.behavior.while_firing, 5min);
  EXPECT_EQ(rule.behavior.on_resolved, scaling::OnResolved::restore);
  EXPECT_EQ(rule.behavior.scale_in.stabilization, 300s);
  EXPECT_FALSE(rule.behavior.dry_run);
  EXPECT_THAT(rule.notify, ElementsAre("journal"));
}

TEST(Load, HalfAMappingLeavesTheOtherHalfInherited) {
  const Rule rule = rule_with("  action: scale-out\n  limits: {max: 40}\n  cooldown: {in: 1h}\n",
                              "defaults: {limits: {min: 3}, cooldown: {out: 1m, in: 2m}}\n");
  EXPECT_EQ(rule.behavior.limits.min, 3);
  EXPECT_EQ(rule.behavior.limits.max, 40);
  EXPECT_EQ(rule.behavior.cooldown.out, 1min);
  EXPECT_EQ(rule.behavior.cooldown.in, 1h);
}

TEST(Load, WhatNobodySaysIsTheDefault) {
  const scaling::Behavior behavior = rule_with("  action: hold\n").behavior;
  EXPECT_EQ(std::get<scaling::Step>(behavior.policy).replicas, 1);
  EXPECT_EQ(behavior.limits.min, 1);
  EXPECT_EQ(behavior.limits.max, 10);
  EXPECT_EQ(behavior.cooldown.out, 3min);
  EXPECT_EQ(behavior.cooldown.in, 5min);
  EXPECT_EQ(behavior.scale_in.stabilization, 5min);
  EXPECT_EQ(behavior.while_firing, 3min);
  EXPECT_EQ(behavior.on_resolved, std::nullopt);
  EXPECT_EQ(behavior.tolerance, 0.1);
  EXPECT_EQ(behavior.refresh, 30s);
  EXPECT_EQ(behavior.fit, 0.8);
  EXPECT_EQ(behavior.load, scaling::Load::detect);
  EXPECT_FALSE(behavior.stop_without_effect);
}

// What follows a value is as quick as a HorizontalPodAutoscaler, wherever the policy was written.
TEST(Load, ThePaceDependsOnThePolicy) {
  struct Row {
    const char* policy;
    bool follows;
  };
  for (const auto& row :
       {Row{"{step: 2}", false}, Row{"{percent: 50}", false}, Row{"{set: 4}", false},
        Row{"{ratio: 70}", true}, Row{"{per_replica: 70}", true}, Row{"{set: value}", true}}) {
    for (const bool in_defaults : {false, true}) {
      const std::string policy = std::string{"policy: "} + row.policy + "\n";
      const auto behavior =
          (in_defaults ? rule_with("  action: scale-out\n", "defaults:\n  " + policy)
                       : rule_with("  action: scale-out\n  " + policy))
              .behavior;
      EXPECT_EQ(behavior.cooldown.out, row.follows ? 0s : 180s) << row.policy;
      EXPECT_EQ(behavior.cooldown.in, row.follows ? 0s : 300s) << row.policy;
      EXPECT_EQ(behavior.while_firing.has_value(), !row.follows) << row.policy;
      EXPECT_EQ(behavior.scale_in.stabilization, 300s) << row.policy;
    }
  }
  const auto written = rule_with("  action: scale-out\n  policy: {ratio: 70}\n",
                                 "defaults: {cooldown: {in: 2m}, while_firing: {every: 7m}}\n")
                           .behavior;
  EXPECT_EQ(written.cooldown.out, 0s);
  EXPECT_EQ(written.cooldown.in, 2min) << "what is written counts";
  EXPECT_EQ(written.while_firing, 7min);
}

TEST(Load, WhatCannotFollowTheLoadIsWarnedOf) {
  const std::string rules =
      "rules:\n"
      "- {name: load, matchers: ['a=b'], target: {scaler: deployment, name: x}, action: scale-out, "
      "policy: {per_replica: 7}}\n"
      "- {name: busy, matchers: ['a=c'], target: {scaler: deployment, name: x}, action: scale-out, "
      "policy: {percent: 50}}\n"
      "- {name: kept, matchers: ['a=d'], target: {scaler: deployment, name: x}, action: hold, "
      "policy: {ratio: 7}}\n";
  const auto found = warnings(loaded(rules));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].place.line, 2);
  EXPECT_NE(found[0].message.find("rule \"load\" follows"), std::string::npos);
  EXPECT_TRUE(warnings(loaded("prometheus: {url: 'http://p:9090'}\n" + rules)).empty());
}

TEST(Load, HowARestoreFits) {
  const auto behavior = rule_with(
                            "  action: scale-out\n  refresh: 1m\n  fit: 0.9\n  tolerance: 0\n"
                            "  load: shared\n  no_effect: stop\n")
                            .behavior;
  EXPECT_EQ(behavior.refresh, 1min);
  EXPECT_EQ(behavior.fit, 0.9);
  EXPECT_EQ(behavior.tolerance, 0);
  EXPECT_EQ(behavior.load, scaling::Load::shared);
  EXPECT_TRUE(behavior.stop_without_effect);
}

TEST(Load, EveryPolicy) {
  const auto policy = [](const std::string& text) {
    return rule_with("  action: scale-out\n  policy: " + text + "\n").behavior.policy;
  };
  EXPECT_EQ(std::get<scaling::Step>(policy("{step: 3}")).replicas, 3);
  EXPECT_EQ(std::get<scaling::Percent>(policy("{percent: 12.5}")).percent, 12.5);
  EXPECT_EQ(std::get<scaling::Ratio>(policy("{ratio: 0.8}")).target, 0.8);
  EXPECT_EQ(std::get<scaling::PerReplica>(policy("{per_replica: 4e+06}")).target, 4e6);
  EXPECT_EQ(std::get<scaling::Set>(policy("{set: 0}")).replicas, 0);
  EXPECT_EQ(std::get<scaling::Set>(policy("{set: value}")).replicas, std::nullopt);
}

TEST(Load, DirectionsAsInAHorizontalPodAutoscaler) {
  const scaling::Direction out =
      rule_with(
          "  action: scale-out\n"
          "  scale_out:\n    stabilization: 1m\n    select: min\n"
          "    policies: [{pods: 4, period: 60s}, {percent: 50, period: 1m30s}]\n")
          .behavior.scale_out;
  EXPECT_EQ(out.stabilization, 1min);
  EXPECT_EQ(out.select, scaling::Select::min);
  ASSERT_EQ(out.policies.size(), 2U);
  EXPECT_EQ(out.policies[0].pods, 4);
  EXPECT_EQ(out.policies[0].period, 60s);
  EXPECT_EQ(out.policies[1].percent, 50);
  EXPECT_EQ(out.policies[1].pods, std::nullopt);
  EXPECT_EQ(out.policies[1].period, 90s);
}

TEST(Load, WhileFiringMayBeOff) {
  const std::string defaults = "defaults: {while_firing: {every: 5m}}\n";
  for (const char* off : {"off", "{every: off}", "\"off\""}) {
    const Rule rule =
        rule_with("  action: scale-out\n  while_firing: " + std::string(off) + "\n", defaults);
    EXPECT_EQ(rule.behavior.while_firing, std::nullopt) << off;
  }
}

TEST(Load, IgnoredLabelsAlwaysHoldValue) {
  EXPECT_THAT(rule_with("  action: hold\n").selection.ignore_labels, ElementsAre("value"));
  EXPECT_THAT(
      rule_with("  action: hold\n  ignore_labels: [pod, instance]\n").selection.ignore_labels,
      ElementsAre("instance", "pod", "value"));
}

TEST(Load, SettingsAreTypedAsYamlSays) {
  const Document document = loaded(R"(
notifiers:
- name: n
  plugin: log
  settings: {a: 1, b: "1", c: 1.5, d: true, e: "true", f: null, g: [x, {h: -2}], i: yes, j: 0x10, k: ~}
)");
  const boost::json::object expected = {
      {"a", 1},
      {"b", "1"},
      {"c", 1.5},
      {"d", true},
      {"e", "true"},
      {"f", nullptr},
      {"g", boost::json::array{"x", boost::json::object{{"h", -2}}}},
      {"i", "yes"},
      {"j", "0x10"},
      {"k", nullptr}};
  EXPECT_EQ(document.config.notifiers.at(0).settings, expected);
}

TEST(Load, AnchorsAliasesAndMergeKeys) {
  const Config config = loaded(R"(
scalers:
- &d {name: deployment, plugin: k8s-deployment, settings: &s {kubeconfig: /k, context: a}}
- {<<: *d, name: statefulset, plugin: k8s-statefulset, settings: {<<: [*s], context: b}}
)")
                            .config;
  ASSERT_EQ(config.scalers.size(), 2U);
  EXPECT_EQ(config.scalers[1].plugin, "k8s-statefulset");
  EXPECT_EQ(config.scalers[1].settings,
            (boost::json::object{{"context", "b"}, {"kubeconfig", "/k"}}));
}

TEST(Load, KnowsWhereEverythingStands) {
  const Document document = loaded(
      "scalers:\n"
      "- name: deployment\n"
      "  plugin: k8s-deployment\n"
      "  settings:\n"
      "    a/b: {c: [1, 2]}\n"
      "    empty:\n"
      "- {name: statefulset, plugin: k8s-statefulset}\n");
  const auto place = [&](std::string_view pointer) {
    const Place p = document.place(pointer);
    return std::pair(p.line, p.column);
  };
  EXPECT_EQ(place("/scalers/0"), std::pair(2UL, 3UL));
  EXPECT_EQ(place("/scalers/0/settings/a~1b/c/1"), std::pair(5UL, 18UL));
  EXPECT_EQ(place("/scalers/0/settings/empty"), std::pair(6UL, 5UL));
  EXPECT_EQ(place("/scalers/0/settings/missing/too"), std::pair(5UL, 5UL));
  EXPECT_EQ(place("/scalers/1/plugin"), std::pair(7UL, 31UL));
  EXPECT_EQ(place("/nowhere"), std::pair(1UL, 1UL));
  EXPECT_EQ(place(""), std::pair(1UL, 1UL));
  const auto key_place = [&](std::string_view pointer) {
    const Place p = document.key_place(pointer);
    return std::pair(p.line, p.column);
  };
  EXPECT_EQ(key_place("/scalers/0/settings"), std::pair(4UL, 3UL));
  EXPECT_EQ(key_place("/scalers/0/settings/a~1b/c"), std::pair(5UL, 11UL));
  EXPECT_EQ(key_place("/scalers/0/settings/a~1b/c/1"), std::pair(5UL, 18UL));  // no key: its place
  EXPECT_THAT(document.scaler_pointers, ElementsAre("/scalers/0", "/scalers/1"));
  EXPECT_THAT(document.notifier_pointers, ElementsAre(""));
}

TEST(Load, TextThatIsNoYamlAtAllIsRefused) {
  for (const std::string& text :
       {std::string("\0\xff\xfe", 3), std::string("just words"), std::string("- a\n- b"),
        std::string("42"), std::string("a: b: c"), std::string("\t\tx: y"), std::string("*a"),
        std::string("? [a]\n: b")}) {
    EXPECT_FALSE(load(text)) << text;
  }
}

}  // namespace
}  // namespace scalehook::config
