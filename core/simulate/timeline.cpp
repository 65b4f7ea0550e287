#include "core/simulate/timeline.hpp"

#include <algorithm>

namespace scalehook::simulate {
namespace {

// Until the next of them, or the end.
template <typename Item>
std::chrono::nanoseconds lasts(const std::vector<Item>& items, std::size_t index, Time end) {
  return (index + 1 < items.size() ? items[index + 1].at : end) - items[index].at;
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

Shares shares(const Watched& watched, const Timeline& timeline) {
  Shares shares;
  for (std::size_t index = 0; index < watched.points.size(); ++index) {
    const auto& point = watched.points[index];
    const auto length = lasts(watched.points, index, timeline.end);
    if (timeline.comparison.holds(point.value)) shares.held += length;
    if (point.state == AlertState::firing) shares.fired += length;
  }
  return shares;
}

}  // namespace scalehook::simulate
