#include "plugins/kubernetes/resource.hpp"

#include <gtest/gtest.h>

namespace scalehook::kubernetes {
namespace {

TEST(Resource, HasItsPath) {
  const Resource deployment{"apps", "v1", "Deployment", "deployments"};
  EXPECT_EQ(object_path(deployment, {"shop", "web"}),
            "/apis/apps/v1/namespaces/shop/deployments/web");
  const Resource controller{"", "v1", "ReplicationController", "replicationcontrollers"};
  EXPECT_EQ(object_path(controller, {"shop", "web"}),
            "/api/v1/namespaces/shop/replicationcontrollers/web");
  const Resource pool{"example.org", "v1beta1", "Pool", "pools", false};
  EXPECT_EQ(object_path(pool, {"", "big"}), "/apis/example.org/v1beta1/pools/big");
}

TEST(Resource, IsInAGroup) {
  EXPECT_EQ(group_of("apps/v1"), "apps");
  EXPECT_EQ(group_of("v1"), "");
  EXPECT_EQ(group_of(""), "");
  EXPECT_EQ(api_path("apps/v1"), "/apis/apps/v1");
  EXPECT_EQ(api_path("v1"), "/api/v1");
  EXPECT_EQ(api_version({"apps", "v1", "", ""}), "apps/v1");
  EXPECT_EQ(api_version({"", "v1", "", ""}), "v1");
}

TEST(Resource, ACustomOnesCountIsInItsScale) {
  EXPECT_TRUE(says_its_count({"apps", "v1", "ReplicaSet", "replicasets"}));
  EXPECT_TRUE(says_its_count({"", "v1", "ReplicationController", "replicationcontrollers"}));
  EXPECT_FALSE(says_its_count({"argoproj.io", "v1alpha1", "Rollout", "rollouts"}));
}

TEST(Resource, ANameIsWhatMayStandInAPath) {
  for (const auto& name : {std::string{"web"}, std::string{"a-1.b"}, std::string(253, 'a')}) {
    EXPECT_TRUE(is_name(name)) << name;
  }
  for (const auto& text : {std::string{}, std::string{"."}, std::string{".."}, std::string{"a/b"},
                           std::string{"a%2fb"}, std::string{"A"}, std::string{"a?b"},
                           std::string{"a\0b", 3}, std::string(254, 'a')}) {
    EXPECT_FALSE(is_name(text)) << text;
  }
}

TEST(Place, IsWrittenAsKubectlDoes) {
  EXPECT_EQ(to_text(Place{"shop", "web"}), "shop/web");
  EXPECT_EQ(to_text(Place{"", "big"}), "big");
}

}  // namespace
}  // namespace scalehook::kubernetes
