// Workloads that are only numbers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/dispatch/setup.hpp"
#include "core/rules/target.hpp"
#include "core/simulate/clock.hpp"
#include "core/simulate/plant.hpp"

namespace scalehook::simulate {

// Every target is there, with as many replicas at the start as it is told, all of them ready. New
// ones are ready after `startup`; those that are not ready yet are the first to go. One of them may
// be a plant, which says itself how many it has.
class Cluster {
 public:
  // Told after each change of a target's count.
  using Changed = std::function<void(const rules::Target&, std::int64_t replicas)>;

  // Outlives the scalers.
  Cluster(Clock& clock, std::int64_t replicas, std::chrono::nanoseconds startup, Changed changed);

  // A scaler of that name; its calls answer at once and never fail.
  dispatch::Scaler scaler(const std::string& name,
                          std::function<std::optional<std::string>(const plugin::TargetFields&)>);

  // The target is that plant, which outlives the cluster. Before anybody reads or sets it.
  void plant(const rules::Target& target, Plant& plant);

  std::int64_t ready(const rules::Target& target) const;

 private:
  struct Workload {
    std::vector<Time> ready_at;  // of each replica, rising
    Plant* plant = nullptr;      // null: those are the replicas
    int version = 1;
  };
  Workload& workload(const rules::Target& target);
  std::int64_t ready(const Workload& workload) const;
  plugin::ReadAnswer read(const rules::Target& target);
  plugin::WriteAnswer write(const rules::Target& target, std::int64_t replicas,
                            const std::string& version, bool dry_run);

  Clock& clock_;
  std::int64_t initial_;
  std::chrono::nanoseconds startup_;
  Changed changed_;
  std::map<rules::Target, Workload> workloads_;
};

}  // namespace scalehook::simulate
