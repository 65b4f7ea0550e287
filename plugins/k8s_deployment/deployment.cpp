// Scales Deployments.
#include <scalehook/plugin.hpp>

#include "plugins/kubernetes/scaler.hpp"

namespace scalehook::kubernetes {
namespace {

class DeploymentScaler : public Scaler {
 public:
  static constexpr scalehook::info info{.name = "k8s-deployment",
                                        .version = SCALEHOOK_RELEASE,
                                        .settings = settings_schema,
                                        .target = target_schema,
                                        .max_concurrency = 16};
  explicit DeploymentScaler(const host& host)
      : Scaler{host, Resource{"apps", "v1", "Deployment", "deployments"}} {}
};

}  // namespace
}  // namespace scalehook::kubernetes

SCALEHOOK_PLUGIN(scalehook::kubernetes::DeploymentScaler)
