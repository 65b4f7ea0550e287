// What the scalers of Kubernetes objects have in common: all but the kind.
#pragma once

#include <optional>
#include <scalehook/plugin.hpp>
#include <string>
#include <string_view>
#include <type_traits>

#include "plugins/kubernetes/lookup.hpp"
#include "plugins/kubernetes/ownership.hpp"
#include "plugins/kubernetes/resource.hpp"
#include "plugins/kubernetes/transport/client.hpp"
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
      "enum": ["refuse", "raise-min"],
      "default": "refuse",
      "description": "A workload that a HorizontalPodAutoscaler scales is refused, or scaled by that one's minReplicas."
    },
    "events": {
      "type": "boolean",
      "default": true,
      "description": "Record a Kubernetes Event on the workload for every change."
    }
  }
})";

// Of a scaler whose kind is fixed.
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
  // Of the one kind; none: of whichever a target's `apiVersion` and `kind` name. Reads the
  // settings, the kubeconfig and the files it names; connects to nothing. Throws a failure with the
  // status invalid.
  Scaler(const host& host, const std::optional<Resource>& fixed);

  outcome<state> read(call& call, const target& target);
  outcome<done> write(call& call, const target& target, const change& change);

 private:
  struct Lever;  // what an object's count is set by

  // What `work` answers for the object that the target means, and if that has no resource any more,
  // for the one that the target means now.
  template <class Work>
  auto with_object(const target& target, const Patience& patience, Work work)
      -> std::invoke_result_t<Work, const Object&>;
  outcome<state> read(const Object& object, const Patience& patience);
  outcome<done> write(const Object& object, call& call, const change& change,
                      const Patience& patience);

  outcome<Answer> get(const std::string& path, const Patience& patience);
  // The object as it is now, with the count of its scale where it does not say that itself.
  outcome<Workload> look_at(const Object& object, const Patience& patience);
  // By what the object is scaled; a failure with the status refused if nothing may be done, or it
  // cannot be told. `controller`: of the object.
  outcome<Lever> find_lever(const Object& object, const std::optional<Owner>& controller,
                            const Patience& patience);
  // Count and version once the change is made; of the uid only a workload's own.
  outcome<Scale> set(const Lever& lever, const change& change, const std::string& version,
                     const Patience& patience);
  // The same after that conflict, for as long as others only touch the workload: `seen` follows.
  outcome<Scale> set_again(const Object& object, const Lever& lever, const change& change,
                           Seen& seen, const Patience& patience, failure conflict);
  // `uid`: of the workload; empty: not known yet.
  void record(const Object& object, const Lever& lever, std::string uid, call& call,
              std::int64_t replicas);

  const host host_;
  const OnAutoscaler on_autoscaler_;
  const bool events_;
  Client client_;
  Lookup lookup_;
};

}  // namespace scalehook::kubernetes
