// The Kubernetes Event that tells of a change: what `kubectl describe` shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "plugins/kubernetes/autoscaler.hpp"
#include "plugins/kubernetes/ownership.hpp"
#include "plugins/kubernetes/workload.hpp"

namespace scalehook::kubernetes {

struct Change {
  Place place;
  std::string uid;                   // kubectl describe finds an object's events by it
  std::optional<std::int64_t> from;  // unknown: the host did not say
  std::int64_t to = 0;
  std::string why;                       // one sentence, may be empty
  std::optional<Autoscaler> autoscaler;  // whose minReplicas it was; none: the workload's count
};

// The JSON of an events.k8s.io/v1 Event on the workload. `host` is where we run.
std::string event_json(const Kind& kind, const Change& change, const std::string& host,
                       std::chrono::system_clock::time_point now);

}  // namespace scalehook::kubernetes
