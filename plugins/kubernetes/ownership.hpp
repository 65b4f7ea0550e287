// Who may set the count of a workload: the rules of it, without a request.
#pragma once

#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <vector>

#include "plugins/kubernetes/autoscaler.hpp"
#include "plugins/kubernetes/object.hpp"
#include "plugins/kubernetes/resource.hpp"

namespace scalehook::kubernetes {

// What to do with a workload that a HorizontalPodAutoscaler scales.
enum class OnAutoscaler { refuse, raise_min };

// By what the workload is scaled: an autoscaler's minReplicas, or if there is none its own count.
// Else `refused` with the code hpa-owns, for somebody would undo any change: the explanation names
// who, and what to do. `controller`: of the workload.
//
// An autoscaler with an owner is never touched. A workload with a controller is not either, unless
// it is one autoscaler that scales it: then the controller leaves the count to that.
outcome<std::optional<Autoscaler>> settle_ownership(OnAutoscaler setting, const Resource& resource,
                                                    const Place& place,
                                                    const std::optional<Owner>& controller,
                                                    const std::vector<Autoscaler>& autoscalers);

}  // namespace scalehook::kubernetes
