// What a decision costs: targets with three claims each, decided one after the other, as a storm of
// notifications would have it.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/scaling/decide.hpp"

namespace scalehook::scaling {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const Behavior> rule(const char* name, Policy policy) {
  auto behavior = std::make_shared<Behavior>();
  behavior->rule = name;
  behavior->policy = policy;
  behavior->limits = {1, 1000};
  return behavior;
}

// A step out, a count by the value, and one that wants in; all with their labels.
std::vector<Observation> alerts(std::size_t target) {
  static const auto step = rule("queue-long", Step{2});
  static const auto per_replica = rule("queue-length", PerReplica{30});
  static const auto idle = rule("mostly-idle", Step{1});
  const auto alert = [&](const std::shared_ptr<const Behavior>& behavior, Action action) {
    Series series;
    series.behavior = behavior;
    series.action = action;
    series.labels = {{"alertname", behavior->rule},
                     {"namespace", "shop"},
                     {"deployment", "checkout-" + std::to_string(target)}};
    series.key = {behavior->rule, series.labels};
    series.value = 100.0;
    return Observation{std::make_shared<Series>(std::move(series)), alert::Status::firing, {}, {}};
  };
  return {alert(step, Action::scale_out), alert(per_replica, Action::scale_out),
          alert(idle, Action::scale_in)};
}

struct Fleet {
  std::vector<Memory> memories;
  std::vector<Reading> readings;
  Moment now{1'000'000s};

  explicit Fleet(std::size_t targets) : memories(targets), readings(targets) {
    for (std::size_t target = 0; target < targets; ++target) {
      readings[target].replicas = 2;
      observe(memories[target], alerts(target), now);
    }
  }
};

// Each decision finds its claims open and its count as wanted, or held back: nothing is written, so
// that each costs the same.
void decide_all(benchmark::State& state) {
  Fleet fleet{static_cast<std::size_t>(state.range(0))};
  std::size_t target = 0;
  for (auto _ : state) {
    if (++target == fleet.memories.size()) {
      target = 0;
      fleet.now += 1s;
    }
    benchmark::DoNotOptimize(decide(fleet.memories[target], fleet.readings[target], {}, fleet.now));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(decide_all)->Name("decide")->RangeMultiplier(10)->Range(10, 100'000);

// The whole pure path of a repeated notification: observe its three alerts, then decide.
void observe_and_decide(benchmark::State& state) {
  Fleet fleet{static_cast<std::size_t>(state.range(0))};
  std::vector<std::vector<Observation>> storm;
  for (std::size_t target = 0; target < fleet.memories.size(); ++target) {
    storm.push_back(alerts(target));
  }
  std::size_t target = 0;
  for (auto _ : state) {
    if (++target == fleet.memories.size()) {
      target = 0;
      fleet.now += 1s;
    }
    benchmark::DoNotOptimize(observe(fleet.memories[target], storm[target], fleet.now));
    benchmark::DoNotOptimize(decide(fleet.memories[target], fleet.readings[target], {}, fleet.now));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(observe_and_decide)->Name("observe+decide")->RangeMultiplier(10)->Range(10, 10'000);

}  // namespace
}  // namespace scalehook::scaling
