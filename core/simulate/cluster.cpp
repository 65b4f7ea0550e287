#include "core/simulate/cluster.hpp"

#include <algorithm>
#include <utility>

namespace scalehook::simulate {

Cluster::Cluster(Clock& clock, std::int64_t replicas, std::chrono::nanoseconds startup,
                 Changed changed)
    : clock_{clock}, initial_{replicas}, startup_{startup}, changed_{std::move(changed)} {}

Cluster::Workload& Cluster::workload(const rules::Target& target) {
  const auto [entry, is_new] = workloads_.try_emplace(target);
  if (is_new) entry->second.ready_at.resize(static_cast<std::size_t>(initial_), Time::min());
  return entry->second;
}

void Cluster::plant(const rules::Target& target, Plant& plant) { workload(target).plant = &plant; }

std::int64_t Cluster::ready(const Workload& workload) const {
  if (workload.plant != nullptr) return workload.plant->ready(clock_.now());
  const auto& ready_at = workload.ready_at;
  return std::upper_bound(ready_at.begin(), ready_at.end(), clock_.now()) - ready_at.begin();
}

std::int64_t Cluster::ready(const rules::Target& target) const {
  const auto found = workloads_.find(target);
  return found == workloads_.end() ? initial_ : ready(found->second);
}

plugin::ReadAnswer Cluster::read(const rules::Target& target) {
  const auto& found = workload(target);
  plugin::ReadAnswer answer;
  answer.outcome.status = plugin::Status::ok;
  answer.replicas = found.plant ? found.plant->replicas() : std::ssize(found.ready_at);
  answer.ready = ready(found);
  answer.version = std::to_string(found.version);
  answer.uid = rules::to_text(target);
  return answer;
}

plugin::WriteAnswer Cluster::write(const rules::Target& target, std::int64_t replicas,
                                   const std::string& version, bool dry_run) {
  auto& found = workload(target);
  plugin::WriteAnswer answer;
  if (version != std::to_string(found.version)) {
    answer.outcome.status = plugin::Status::conflict;
    return answer;
  }
  answer.outcome.status = plugin::Status::ok;
  if (!dry_run) {
    if (found.plant != nullptr) {
      found.plant->set(replicas, clock_.now());
    } else {
      found.ready_at.resize(static_cast<std::size_t>(replicas), clock_.now() + startup_);
    }
    ++found.version;
    changed_(target, replicas);
  }
  answer.version = std::to_string(found.version);
  return answer;
}

dispatch::Scaler Cluster::scaler(
    const std::string& name,
    std::function<std::optional<std::string>(const plugin::TargetFields&)> check) {
  dispatch::Scaler scaler;
  scaler.check = std::move(check);
  scaler.read = [this, name](const plugin::TargetFields& fields, const plugin::Input&,
                             std::chrono::milliseconds,
                             const std::function<void(plugin::ReadAnswer)>& answer) {
    answer(read({name, fields}));
  };
  scaler.write = [this, name](const plugin::TargetFields& fields, std::int64_t replicas,
                              const std::string& version, bool dry_run, const plugin::Input&,
                              std::chrono::milliseconds,
                              const std::function<void(plugin::WriteAnswer)>& answer) {
    answer(write({name, fields}, replicas, version, dry_run));
  };
  return scaler;
}

}  // namespace scalehook::simulate
