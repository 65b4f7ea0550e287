#include "plugins/kubernetes/ownership.hpp"

#include <fmt/format.h>

namespace scalehook::kubernetes {
namespace {

failure owned(std::string explanation) { return refused("hpa-owns", std::move(explanation)); }

std::string names_of(const std::vector<Autoscaler>& autoscalers, const std::string& space) {
  std::string names;
  for (const Autoscaler& each : autoscalers) {
    names += fmt::format("{}{}/{}", names.empty() ? "" : " and ", space, each.name);
  }
  return names;
}

failure owned_by_owner(const Autoscaler& autoscaler, const Owner& owner, const std::string& space,
                       const std::string& leave) {
  if (owner.kind == "ScaledObject") {
    return owned(fmt::format(
        "KEDA's ScaledObject {0}/{1} scales it by the HorizontalPodAutoscaler {0}/{2} and would "
        "revert any change of either; set the ScaledObject's minReplicaCount instead, or pause it "
        "by the annotation autoscaling.keda.sh/paused: \"true\", or {3}",
        space, owner.name, autoscaler.name, leave));
  }
  return owned(
      fmt::format("the HorizontalPodAutoscaler {}/{} scales it, and belongs to the {} {}, whose "
                  "controller would revert any change of it; change that instead, or {}",
                  space, autoscaler.name, owner.kind, owner.name, leave));
}

}  // namespace

outcome<std::optional<Autoscaler>> settle_ownership(OnAutoscaler setting, const Resource& resource,
                                                    const Place& place,
                                                    const std::optional<Owner>& controller,
                                                    const std::vector<Autoscaler>& autoscalers) {
  const std::string leave = fmt::format("let no rule target this {}", resource.kind);
  if (autoscalers.size() > 1) {
    return owned(fmt::format(
        "the HorizontalPodAutoscalers {} all scale it and undo each other's work and any other's; "
        "delete all but one, or {}",
        names_of(autoscalers, place.space), leave));
  }
  if (!autoscalers.empty()) {
    const Autoscaler& one = autoscalers.front();
    if (one.owner) return owned_by_owner(one, *one.owner, place.space, leave);
    if (setting == OnAutoscaler::raise_min) return std::optional{one};
    return owned(
        fmt::format("the HorizontalPodAutoscaler {}/{} scales it and would revert any change; "
                    "delete it, or set `hpa: raise-min` to have its minReplicas moved, or {}",
                    place.space, one.name, leave));
  }
  if (controller) {
    return owned(
        fmt::format("it belongs to the {} {}, whose controller would revert any change; "
                    "scale that instead, or {}",
                    controller->kind, controller->name, leave));
  }
  return std::optional<Autoscaler>{};
}

}  // namespace scalehook::kubernetes
