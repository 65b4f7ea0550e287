// The Kubernetes Event that tells of a change: what `kubectl describe` shows.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "plugins/kubernetes/autoscaler.hpp"
#include "plugins/kubernetes/resource.hpp"

namespace scalehook::kubernetes {

struct Change {
  Place place;
  std::string uid;                   // kubectl describe finds an object's events by it
  std::optional<std::int64_t> from;  // unknown: the host did not say
  std::int64_t to = 0;
  std::string why;                       // one sentence, may be empty
  std::optional<Autoscaler> autoscaler;  // whose minReplicas it was; none: the workload's count
};

// The namespace of Events about it. Those about what is in no namespace are in kube-system, the one
// that every version of the API takes for them.
std::string event_space(const Place& place);

// The JSON of an events.k8s.io/v1 Event on the workload. `host` is where we run.
std::string event_json(const Resource& resource, const Change& change, const std::string& host,
                       std::chrono::system_clock::time_point now);

}  // namespace scalehook::kubernetes
