// What the scalers of Deployments and StatefulSets have in common: all but the kind.
#pragma once

#include <memory>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>

#include "plugins/kubernetes/client.hpp"
#include "plugins/kubernetes/workload.hpp"

namespace scalehook::kubernetes {

inline constexpr std::string_view settings_schema = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "kubeconfig": {
      "type": "string",
      "description": "Path of a kubeconfig. Else $KUBECONFIG, ~/.kube/config, or the pod's service account."
    },
    "context": {
      "type": "string",
      "description": "The context of the kubeconfig to use. Else its current-context."
    },
    "service_account_dir": {
      "type": "string",
      "default": "/var/run/secrets/kubernetes.io/serviceaccount",
      "description": "Where a pod has token, ca.crt and namespace of its service account."
    },
    "hpa": {
      "type": "string",
      "enum": ["refuse"],
      "default": "refuse",
      "description": "What to do with a workload that a HorizontalPodAutoscaler scales."
    },
    "events": {
      "type": "boolean",
      "default": true,
      "description": "Record a Kubernetes Event on the workload for every change."
    }
  }
})";

inline constexpr std::string_view target_schema = R"({
  "type": "object",
  "additionalProperties": false,
  "required": ["name"],
  "properties": {
    "namespace": {
      "type": "string",
      "pattern": "^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$",
      "description": "The workload's namespace. Else that of the kubeconfig's context, else default."
    },
    "name": {
      "type": "string",
      "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$",
      "description": "The workload's name."
    }
  }
})";

// Any thread; calls are independent of each other.
class Scaler {
 public:
  // Reads the settings, the kubeconfig and the files it names; connects to nothing. Throws a
  // failure with the status invalid.
  Scaler(const host& host, const Kind& kind);

  outcome<state> read(call& call, const target& target);
  outcome<done> write(call& call, const target& target, const change& change);

 private:
  struct Object;  // what a target means

  outcome<Answer> get(const std::string& path, const Patience& patience);
  // Nothing if nobody else scales it, else a failure with the status refused, or why it is unknown.
  std::optional<failure> find_owner(const Object& object, const Patience& patience);
  void record(const Object& object, const Scale& scale, call& call, const change& change);

  const host host_;
  const Kind kind_;
  const bool events_;
  Client client_;
};

}  // namespace scalehook::kubernetes
