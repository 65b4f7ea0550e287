// Scales whatever has a scale subresource: ReplicaSets, custom resources such as Argo's Rollouts.
#include <scalehook/plugin.hpp>

#include "plugins/kubernetes/scaler.hpp"

namespace scalehook::kubernetes {
namespace {

// The words of kubectl, and of an HPA's scaleTargetRef.
constexpr std::string_view any_target_schema = R"({
  "type": "object",
  "additionalProperties": false,
  "required": ["apiVersion", "kind", "name"],
  "properties": {
    "apiVersion": {
      "type": "string",
      "pattern": "^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[a-z]([-a-z0-9]*[a-z0-9])?$",
      "description": "The object's group and version: apps/v1, argoproj.io/v1alpha1; v1 in the core group."
    },
    "kind": {
      "type": "string",
      "pattern": "^[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?$",
      "description": "The object's kind as manifests spell it: ReplicaSet, Rollout."
    },
    "namespace": {
      "type": "string",
      "pattern": "^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$",
      "description": "The object's namespace. Else that of the kubeconfig's context, else default; not for a kind that is in none."
    },
    "name": {
      "type": "string",
      "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
      "description": "The object's name."
    }
  }
})";

class AnyScaler : public Scaler {
 public:
  static constexpr scalehook::info info{.name = "k8s-scale",
                                        .version = SCALEHOOK_RELEASE,
                                        .settings = settings_schema,
                                        .target = any_target_schema,
                                        .max_concurrency = 16};
  explicit AnyScaler(const host& host) : Scaler{host, std::nullopt} {}
};

}  // namespace
}  // namespace scalehook::kubernetes

SCALEHOOK_PLUGIN(scalehook::kubernetes::AnyScaler)
