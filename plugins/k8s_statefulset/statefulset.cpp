// Scales StatefulSets.
#include <scalehook/plugin.hpp>

#include "plugins/kubernetes/scaler.hpp"

namespace scalehook::kubernetes {
namespace {

class StatefulSetScaler : public Scaler {
 public:
  static constexpr scalehook::info info{.name = "k8s-statefulset",
                                        .version = SCALEHOOK_RELEASE,
                                        .settings = settings_schema,
                                        .target = target_schema,
                                        .max_concurrency = 16};
  explicit StatefulSetScaler(const host& host)
      : Scaler{host, Resource{"apps", "v1", "StatefulSet", "statefulsets"}} {}
};

}  // namespace
}  // namespace scalehook::kubernetes

SCALEHOOK_PLUGIN(scalehook::kubernetes::StatefulSetScaler)
