// A target, its claims, the alerts that come for it, and a clock that is only a number.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/scaling/decide.hpp"

namespace scalehook::scaling {

using namespace std::chrono_literals;
using std::chrono::seconds;

struct World {
  Memory memory;
  Reading target;
  Surroundings surroundings;
  std::map<std::string, std::shared_ptr<Behavior>> rules;
  std::map<std::string, Action> actions;
  Moment now{1'000'000s};
  Decision last;
  std::vector<std::int64_t> written;

  explicit World(std::int64_t replicas) { target.replicas = replicas; }

  // A rule that does everything at once; its tests say what it is to wait for.
  Behavior& rule(const std::string& name, Action action, Policy policy) {
    auto behavior = std::make_shared<Behavior>();
    behavior->rule = name;
    behavior->policy = policy;
    behavior->cooldown = {0s, 0s};
    behavior->scale_in.stabilization = 0s;
    rules[name] = behavior;
    actions[name] = action;
    return *behavior;
  }

  // The sender's clock goes with ours, but is never compared with it.
  SenderTime sender_now() const { return SenderTime{now.time_since_epoch()}; }

  Observation alert(alert::Status status, const std::string& rule, const std::string& series = "a",
                    std::optional<double> value = {}) {
    Series its;
    its.behavior = rules.at(rule);
    its.labels = {{"alertname", rule}, {"instance", series}};
    its.key = {rule, its.labels};
    its.action = actions.at(rule);
    its.value = value;
    Observation seen{std::make_shared<Series>(std::move(its)), status, sender_now(), {}};
    if (status == alert::Status::resolved) seen.ends_at = sender_now() + 1s;
    return seen;
  }

  // Of the same claim.
  static Observation with_label(Observation seen, const std::string& name,
                                const std::string& value) {
    auto its = std::make_shared<Series>(*seen.series);
    its->labels[name] = value;
    seen.series = std::move(its);
    return seen;
  }

  std::vector<Effect> notify(const std::vector<Observation>& alerts) {
    now += 10s;
    return observe(memory, alerts, now);
  }
  void fire(const std::string& rule, const std::string& series = "a",
            std::optional<double> value = {}) {
    notify({alert(alert::Status::firing, rule, series, value)});
  }
  void resolve(const std::string& rule, const std::string& series = "a") {
    notify({alert(alert::Status::resolved, rule, series)});
  }

  // The rule is gone, or means something else.
  void drop(const std::string& name) {
    std::set<Key> keys;
    for (const auto& [key, claim] : memory.claims) {
      if (key.first == name) keys.insert(key);
    }
    for (const auto& [key, episode] : memory.closed) {
      if (key.first == name) keys.insert(key);
    }
    scaling::drop(memory, keys);
  }

  // Decides and, as the lane does, writes what was decided.
  Reason settle() {
    last = decide(memory, target, surroundings, now);
    EXPECT_FALSE(sentence(last).empty());
    if (last.to) {
      EXPECT_NE(*last.to, target.replicas);
      EXPECT_EQ(last.move, *last.to > target.replicas ? Move::out : Move::in);
      const bool dry_run = last.behavior->dry_run;
      if (!dry_run) {
        target.replicas = *last.to;
        written.push_back(*last.to);
      }
      landed(memory, last, dry_run, now);
    }
    return last.reason;
  }
  Reason settle_after(std::chrono::nanoseconds time) {
    now += time;
    return settle();
  }
};

}  // namespace scalehook::scaling
