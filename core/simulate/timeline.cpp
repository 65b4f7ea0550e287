#include "core/simulate/timeline.hpp"

#include <algorithm>

namespace scalehook::simulate {
namespace {

// Until the next of them, or the end.
std::chrono::nanoseconds lasts(const std::vector<Workload::Change>& changes, std::size_t index,
                               Time end) {
  return (index + 1 < changes.size() ? changes[index + 1].at : end) - changes[index].at;
}

}  // namespace

Summary summarize(const Workload& workload, const Timeline& timeline) {
  const auto& changes = workload.changes;
  Summary summary;
  summary.most = summary.least = changes.front().replicas;
  double replica_time = 0;
  for (std::size_t index = 0; index < changes.size(); ++index) {
    const auto replicas = changes[index].replicas;
    const auto length = lasts(changes, index, timeline.end);
    summary.most = std::max(summary.most, replicas);
    summary.least = std::min(summary.least, replicas);
    replica_time += static_cast<double>(replicas) * static_cast<double>(length.count());
    if (replicas >= workload.max) summary.at_max += length;
    if (index == 0) continue;
    ++(replicas > changes[index - 1].replicas ? summary.out : summary.in);
  }
  const auto whole = static_cast<double>((timeline.end - timeline.start).count());
  summary.mean = whole > 0 ? replica_time / whole : static_cast<double>(summary.most);
  return summary;
}

void Watched::finish(Time end) {
  if (!last) return;
  if (last->holds) shares.held += end - last->at;
  if (last->state == AlertState::firing) shares.fired += end - last->at;
}

void Watched::add(const Point& point, bool keeps) {
  finish(point.at);
  last = point;
  if (keeps) points.push_back(point);
}

}  // namespace scalehook::simulate
