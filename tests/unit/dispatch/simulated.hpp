// A clock and a cluster that are only numbers.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/dispatch/setup.hpp"
#include "core/simulate/clock.hpp"

namespace scalehook::dispatch {

struct SimulatedRuntime : simulate::Clock {
  SimulatedRuntime() : Clock{Time{std::chrono::hours{24 * 365 * 56}}} {}

  // Somebody sets the wall clock.
  Time now() const override { return Clock::now() + wall_offset; }
  std::chrono::nanoseconds wall_offset{0};

  // The same at each run, unless a test is about chance.
  double chance() override {
    return by_chance ? std::uniform_real_distribution<>{0.0, 1.0}(*by_chance) : Clock::chance();
  }
  std::optional<std::minstd_rand> by_chance;
};

// Workloads by name. Calls answer at once, or once they are let go.
struct SimulatedCluster {
  struct Workload {
    std::int64_t replicas{};
    int version = 1;
    std::string uid{};
  };
  std::map<std::string, Workload> workloads;
  std::deque<plugin::Outcome> read_faults, write_faults;  // for the next calls, ok ones too
  int reads = 0;
  std::vector<std::int64_t> writes;  // that were made
  plugin::Input last_write_input;
  std::function<void()> on_write;  // runs once, when the next write begins
  std::function<void(std::int64_t from, std::int64_t to, bool lost)> on_each_write;  // that is made
  std::optional<std::int64_t> most;  // a policy makes it of what is more
  bool lose_next_answer = false;     // the next write is made, and seems to have failed
  bool hold_back = false;
  bool is_down = false;  // nothing is answered
  std::vector<std::function<void()>> held;

  void answer(std::function<void()> now) {
    if (hold_back) {
      held.push_back(std::move(now));
    } else {
      now();
    }
  }
  void let_go() {
    hold_back = false;
    for (auto& now : std::exchange(held, {})) now();
  }

  static plugin::Outcome next(std::deque<plugin::Outcome>& faults) {
    plugin::Outcome outcome;
    outcome.status = plugin::Status::ok;
    if (!faults.empty()) {
      outcome = faults.front();
      faults.pop_front();
    }
    return outcome;
  }

  Scaler scaler() {
    Scaler scaler;
    scaler.check = [](const plugin::TargetFields& fields) -> std::optional<std::string> {
      if (fields.contains("name") && fields.find("name")->second == "Not A Name") return "bad name";
      return std::nullopt;
    };
    scaler.read = [this](const plugin::TargetFields& fields, const plugin::Input&,
                         std::chrono::milliseconds,
                         const std::function<void(plugin::ReadAnswer)>& answer_to) {
      ++reads;
      answer([this, name = fields.find("name")->second, answer_to] {
        plugin::ReadAnswer answer;
        answer.outcome = next(read_faults);
        if (is_down) answer.outcome = {plugin::Status::retry, "timeout", "no answer", std::nullopt};
        const auto workload = workloads.find(name);
        if (answer.outcome.status == plugin::Status::ok && workload == workloads.end()) {
          answer.outcome.status = plugin::Status::not_found;
          answer.outcome.explanation = "there is no " + name;
        } else if (answer.outcome.status == plugin::Status::ok) {
          answer.replicas = workload->second.replicas;
          answer.version = std::to_string(workload->second.version);
          answer.uid = workload->second.uid;
        }
        answer_to(answer);
      });
    };
    scaler.write = [this](const plugin::TargetFields& fields, std::int64_t replicas,
                          const std::string& version, bool dry_run, const plugin::Input& input,
                          std::chrono::milliseconds,
                          const std::function<void(plugin::WriteAnswer)>& answer_to) {
      last_write_input = input;
      if (on_write) std::exchange(on_write, {})();
      answer([this, name = fields.find("name")->second, replicas, version, dry_run, answer_to] {
        plugin::WriteAnswer answer;
        answer.outcome = next(write_faults);
        auto& workload = workloads[name];
        if (answer.outcome.status == plugin::Status::ok &&
            version != std::to_string(workload.version)) {
          answer.outcome.status = plugin::Status::conflict;
        }
        const bool lost = std::exchange(lose_next_answer, false);
        if (answer.outcome.status == plugin::Status::ok && !dry_run) {
          const auto set = std::min(replicas, most.value_or(replicas));
          if (set != replicas) answer.replicas = set;
          if (on_each_write) on_each_write(workload.replicas, set, lost);
          workload.replicas = set;
          ++workload.version;
          writes.push_back(set);
        }
        if (lost) answer.outcome = {plugin::Status::retry, "timeout", "no answer", std::nullopt};
        answer_to(answer);
      });
    };
    return scaler;
  }
};

}  // namespace scalehook::dispatch
