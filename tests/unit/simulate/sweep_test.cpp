#include "core/simulate/sweep.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/config/load.hpp"
#include "core/simulate/load_target.hpp"
#include "core/simulate/suggestion.hpp"

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

Scenario scenario(const std::string& policy, const std::string& alert) {
  Scenario made;
  const auto document = config::load(R"(
prometheus: {url: "http://prometheus"}
rules:
  - name: r
    matchers: []
    target: {scaler: deployment, namespace: shop, name: checkout}
    action: scale-out
    limits: {min: 2, max: 20}
    policy: )" + policy + "\n");
  EXPECT_TRUE(document);
  made.config = std::make_shared<const config::Config>(document->config);
  made.checks["deployment"] = [](const auto&) { return std::nullopt; };
  made.groups = *read_rules("groups: [{rules: [" + alert + "]}]", "r.yml", {});
  std::string csv;
  for (int minute = 0; minute <= 9 * 60; ++minute) {
    csv += std::to_string(60 * minute) + "," + std::to_string(400 + 300 * std::sin(minute / 30.0)) +
           "\n";
  }
  const auto target = load_target(*made.config, made.groups, {});
  const auto load = std::make_shared<const Load>(*Load::read(csv, "l"));
  made.load = LoadedWorkload{load, {}, 15s, target->labels, target->target};
  made.interval = 15s;
  made.spans = {{load->start()}};
  return made;
}

constexpr const char* busy = "{alert: Busy, expr: avg(load_per_replica) > 80, for: 1m}";

std::string values(const Setting& setting) {
  std::string all = setting.name + ":";
  for (std::size_t index = 0; index < setting.choices.size(); ++index) {
    const bool is_now = index == setting.now;
    all += " " + setting.choices[index].value + (is_now ? "*" : "");
  }
  return all;
}

TEST(Settings, AreThoseThatMatterToThePolicy) {
  const auto of = [](const std::string& policy, const std::string& alert) {
    const auto made = scenario(policy, alert);
    return settings_of(made.config->rules[0], *alerts_of(made.groups)[0], true);
  };
  EXPECT_EQ(values(of("{step: 1}", busy)[0]), "threshold: 56 64 72 80* 88 100");
  EXPECT_EQ(values(of("{ratio: 70}", busy)[0]), "ratio: 49 56 63 70* 77 88");
  EXPECT_EQ(values(of("{per_replica: 0.5}", busy)[0]), "per_replica: 0.35 0.4 0.45 0.5* 0.55 0.63");
  EXPECT_EQ(values(of("{step: 1}", busy)[1]), "scale_in.stabilization: 1m 5m* 15m");
  EXPECT_EQ(of("{step: 1}", "{alert: A, expr: load > 3 and on () load > 1}")[0].name,
            "scale_in.stabilization");
}

TEST(Settings, EachIsAppliedToItsRuleOrAlert) {
  const auto made = scenario("{step: 1}", busy);
  auto rule = made.config->rules[0];
  auto alert = *alerts_of(made.groups)[0];
  const auto settings = settings_of(rule, alert, true);
  settings[0].choices[0].apply(rule, alert);
  EXPECT_EQ(alert.expression, "avg(load_per_replica) > 56");
  settings[1].choices[2].apply(rule, alert);
  EXPECT_EQ(rule.behavior.scale_in.stabilization, 15min);
}

TEST(Sweep, ItsFrontHasNothingThatIsWorseInBoth) {
  const auto made = scenario("{ratio: 70}", busy);
  const auto start = made.load->load->start();
  const auto found = sweep(made, "r", "Busy", start);
  ASSERT_TRUE(found) << found.error();
  EXPECT_EQ(found->tried.from, start);
  EXPECT_EQ(found->tried.to, start + 6h);
  EXPECT_EQ(found->held_out.from, start + 6h);
  EXPECT_GE(found->attempts, 18U);
  ASSERT_FALSE(found->front.empty());
  for (std::size_t index = 1; index < found->front.size(); ++index) {
    const auto& before = found->front[index - 1].tried;
    const auto& after = found->front[index].tried;
    EXPECT_GE(after.replica_minutes, before.replica_minutes);
    EXPECT_LT(after.violation_minutes, before.violation_minutes);
  }
  // What is set now is one of those that were tried, and what it made the same as in a play of it.
  auto again = made;
  again.spans = {{start, start + 6h}, {start + 6h}};
  const auto played = run(again);
  ASSERT_TRUE(played);
  EXPECT_EQ(found->now.tried.replica_minutes, played->verdicts[0].replica_minutes);
  EXPECT_EQ(found->now.held_out.violation_minutes, played->verdicts[1].violation_minutes);
  const auto worse = [&](const Attempt& attempt) {
    return attempt.tried.violation_minutes > found->now.tried.violation_minutes &&
           attempt.tried.replica_minutes > found->now.tried.replica_minutes;
  };
  EXPECT_TRUE(std::none_of(found->front.begin(), found->front.end(), worse));

  for (const auto& one : advice(*found)) EXPECT_LT(one.attempt, found->front.size());
  EXPECT_LE(advice(*found).size(), 3U);
}

// A sweep of two settings, now 5 and 1m, with the violations and costs given.
Sweep made_up(const std::vector<std::pair<double, double>>& front, std::pair<double, double> now) {
  Sweep sweep;
  sweep.tried = {Time{}, Time{} + std::chrono::hours{2}};
  sweep.held_out = {sweep.tried.to, sweep.tried.to + std::chrono::hours{1}};
  sweep.settings = {{"threshold", {{"3", {}}, {"5", {}}}, 1},
                    {"scale_in.stabilization", {{"1m", {}}, {"9m", {}}}, 0}};
  const auto attempt = [](std::pair<double, double> of) {
    Attempt made{{1, 0}, {}, {}};
    made.tried.violation_minutes = of.first;
    made.tried.replica_minutes = of.second;
    return made;
  };
  for (const auto& one : front) sweep.front.push_back(attempt(one));
  sweep.now = attempt(now);
  return sweep;
}

std::string advised(const Sweep& sweep) {
  std::string all;
  for (const auto& one : advice(sweep)) all += one.name + " " + std::to_string(one.attempt) + "; ";
  return all;
}

TEST(Advice, IsWhatIsWorthHaving) {
  EXPECT_EQ(advised(made_up({{90, 100}, {50, 110}, {10, 120}, {5, 300}}, {60, 200})),
            "lowest cost as good as now 1; best balance 2; fewest violations 3; ");
  EXPECT_EQ(advised(made_up({{10, 100}}, {10, 100})), "lowest cost as good as now 0; ");
  EXPECT_EQ(advised(made_up({{10, 100}, {0, 200}}, {0, 300})),
            "lowest cost as good as now 1; best balance 0; ");
}

TEST(Suggestion, IsYamlOfWhatChanges) {
  Suggestion suggestion;
  suggestion.sweep = made_up({{10, 100}}, {10, 100});
  suggestion.rule = "r";
  suggestion.alert = "Busy";
  suggestion.measure = "avg(x{a='b'})";
  suggestion.comparison = ">=";
  EXPECT_NE(as_text(suggestion).find("# nothing is to be changed\n"), std::string::npos);
  suggestion.sweep.front[0].choices = {0, 1};
  EXPECT_NE(as_text(suggestion)
                .find("# rule r of the configuration\n"
                      "scale_in: {stabilization: 9m}\n"
                      "# alert Busy of the rule file\n"
                      "expr: 'avg(x{a=''b''}) >= 3'\n"),
            std::string::npos)
      << as_text(suggestion);
}

}  // namespace
}  // namespace scalehook::simulate
