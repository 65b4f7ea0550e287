// A loop whose Alertmanager and Prometheus can be asked.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/dispatch/inquiry.hpp"
#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {

using alert::Status;
using upstream::State;

inline constexpr auto every = 2min;

// A loop with an Alertmanager and a Prometheus that say what a test has them say. The alert fires
// while there are more than 30 tasks.
struct Asked : Loop {
  struct Alertmanager {
    std::optional<State> state = State::active;  // of the one alert; none: it has none
    bool reachable = true;
    std::chrono::seconds up = 1h;
    int asked = 0;
  } alertmanager;
  struct Prometheus {
    std::vector<double> tasks{40};  // of each series
    std::chrono::seconds age = 5s;
    bool reachable = true;
    int asked = 0;
  } prometheus;
  bool hold_back = false;
  std::vector<std::function<void()>> held;

  Asked(bool with_alertmanager, bool with_prometheus) {
    cluster.workloads["test"] = {2};
    config.rules[0].behavior.while_firing = every;
    if (with_alertmanager) {
      upstream.alerts = [this](const std::function<void(upstream::AlertsAnswer)>& answer) {
        ++alertmanager.asked;
        later([this, answer] { answer({instance()}); });
      };
    }
    if (with_prometheus) {
      upstream.query = [this](const std::string& expression,
                              const std::function<void(upstream::QueryAnswer)>& answer) {
        ++prometheus.asked;
        later([this, expression, answer] { answer(result(expression)); });
      };
    }
    engine->configure(setup());
    runtime.settle();
  }

  void later(std::function<void()> now) {
    if (!hold_back) return now();
    held.push_back(std::move(now));
  }
  void let_go() {
    hold_back = false;
    for (auto& now : std::exchange(held, {})) now();
    runtime.settle();
  }

  upstream::Instance instance() {
    upstream::Instance instance;
    instance.url = "http://alertmanager";
    instance.reachable = alertmanager.reachable;
    instance.up_since = runtime.now() - alertmanager.up;
    if (alertmanager.reachable && alertmanager.state) {
      instance.alerts.push_back({fires().labels, *alertmanager.state, {}, {}, {}});
    }
    return instance;
  }

  upstream::QueryAnswer result(const std::string& expression) {
    if (!prometheus.reachable) return std::string{"no route"};
    std::vector<upstream::Sample> samples;
    for (const double tasks : prometheus.tasks) {
      const bool compares = expression == "tasks > 30";
      const bool asks_age = expression == "time() - timestamp(tasks)";
      EXPECT_TRUE(compares || asks_age || expression == "tasks") << expression;
      if (compares && tasks <= 30) continue;
      const auto age = static_cast<double>(prometheus.age.count());
      samples.push_back({{{"deployment", "test"}}, asks_age ? age : tasks, runtime.now()});
    }
    return samples;
  }

  alert::Alert fires(Status status = Status::firing, std::chrono::seconds since = 0s) {
    auto made = alert("test", status);
    made.starts_at += since;
    made.generator_url = "http://prometheus/graph?g0.expr=tasks+%3E+30";
    if (status == Status::resolved) made.ends_at = made.starts_at + 1h;
    return made;
  }
  alert::Alert fires_with(const std::string& value) {
    auto made = fires();
    made.annotations["value"] = value;
    return made;
  }
  alert::Alert resolved() { return fires(Status::resolved); }

  void follow(scaling::Policy policy) {
    config.rules[0].behavior.policy = policy;
    engine->configure(setup());
  }

  std::string last_reason() {
    return std::string{told.empty() ? "" : told.back().at("reason").as_string()};
  }
  std::int64_t replicas() { return cluster.workloads["test"].replicas; }
};

inline constexpr bool with = true;
inline constexpr bool without = false;

}  // namespace scalehook::dispatch
