#include "plugins/kubernetes/autoscaler.hpp"

#include <gmock/gmock.h>

namespace scalehook::kubernetes {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const Resource deployment{"apps", "v1", "Deployment", "deployments"};

std::string list(const std::string& items) {
  return R"({"kind":"HorizontalPodAutoscalerList","items":[)" + items + "]}";
}

// An item of a list, with the kind left out as the API does.
std::string item(const std::string& name, const std::string& reference,
                 const std::string& spec = R"("minReplicas":2,"maxReplicas":5)",
                 const std::string& metadata = "") {
  return R"({"metadata":{"name":")" + name + R"(","uid":"u","resourceVersion":"7")" + metadata +
         R"(},"spec":{"scaleTargetRef":)" + reference + "," + spec + "}}";
}

const std::string web = R"({"apiVersion":"apps/v1","kind":"Deployment","name":"web"})";

std::vector<Autoscaler> found(const std::string& body) {
  const auto all = parse_autoscalers(body, deployment, "web");
  EXPECT_TRUE(all) << body;
  return all ? *all : std::vector<Autoscaler>{};
}

TEST(Autoscaler, OwnsWhatItsReferenceNames) {
  struct Row {
    const char* reference;
    bool owns;
  };
  for (const Row& row : {
           Row{R"({"apiVersion":"apps/v1","kind":"Deployment","name":"web"})", true},
           Row{R"({"apiVersion":"extensions/v1beta1","kind":"Deployment","name":"web"})", true},
           Row{R"({"kind":"Deployment","name":"web"})", true},
           Row{R"({"apiVersion":"apps/v1","kind":"StatefulSet","name":"web"})", false},
           Row{R"({"apiVersion":"apps/v1","kind":"Deployment","name":"web2"})", false},
           Row{R"({"apiVersion":"example.org/v1","kind":"Deployment","name":"web"})", false},
       }) {
    EXPECT_THAT(found(list(item("mine", row.reference))), SizeIs(row.owns ? 1 : 0))
        << row.reference;
  }
}

TEST(Autoscaler, OfACustomResourceHasItsGroup) {
  const Resource rollout{"argoproj.io", "v1alpha1", "Rollout", "rollouts"};
  const Resource controller{"", "v1", "ReplicationController", "replicationcontrollers"};
  struct Row {
    const char* api_version;
    bool scales_rollout, scales_controller;
  };
  for (const Row& row :
       {Row{"argoproj.io/v1alpha1", true, false}, Row{"argoproj.io/v1", true, false},
        Row{"argoproj.io.evil/v1", false, false}, Row{"apps/v1", false, false},
        Row{"extensions/v1beta1", false, false}, Row{"v1", false, true}, Row{"", true, true}}) {
    for (const auto* resource : {&rollout, &controller}) {
      const std::string reference = R"({"apiVersion":")" + std::string{row.api_version} +
                                    R"(","kind":")" + resource->kind + R"(","name":"web"})";
      const auto all = parse_autoscalers(list(item("mine", reference)), *resource, "web");
      ASSERT_TRUE(all);
      const bool scales = resource == &rollout ? row.scales_rollout : row.scales_controller;
      EXPECT_THAT(*all, SizeIs(scales ? 1 : 0)) << reference;
    }
  }
}

TEST(Autoscaler, IsWhatTheObjectSays) {
  const auto all =
      found(list(item("a", web) + "," + item("other", R"({"kind":"Deployment","name":"other"})") +
                 "," + item("b", web, R"("minReplicas":0,"maxReplicas":1)") + "," +
                 item("c", web, R"("maxReplicas":9)")));
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].name, "a");
  EXPECT_EQ(all[0].uid, "u");
  EXPECT_EQ(all[0].version, "7");
  EXPECT_EQ(all[0].min, 2);
  EXPECT_EQ(all[0].max, 5);
  EXPECT_FALSE(all[0].owner);
  EXPECT_EQ(all[1].min, 0) << "scale to zero";
  EXPECT_EQ(all[2].min, 1) << "absent";
}

TEST(Autoscaler, KnowsWhoMadeIt) {
  const std::string spec = R"("maxReplicas":5)";
  struct Row {
    const char* metadata;
    const char* kind;
    const char* name;
  };
  for (const Row& row : {
           Row{R"(,"labels":{"app.kubernetes.io/managed-by":"keda-operator",
                             "scaledobject.keda.sh/name":"orders"},
                  "ownerReferences":[{"apiVersion":"keda.sh/v1alpha1","kind":"ScaledObject",
                                      "name":"orders","controller":true}])",
               "ScaledObject", "orders"},
           Row{R"(,"labels":{"scaledobject.keda.sh/name":"orders"})", "ScaledObject", "orders"},
           Row{R"(,"ownerReferences":[{"kind":"Tenant","name":"a","controller":true}])", "Tenant",
               "a"},
           Row{R"(,"labels":{"app.kubernetes.io/managed-by":"Helm"},
                  "ownerReferences":[{"kind":"Tenant","name":"a"}])",
               nullptr, nullptr},
       }) {
    const auto all = found(list(item("mine", web, spec, row.metadata)));
    ASSERT_THAT(all, SizeIs(1)) << row.metadata;
    ASSERT_EQ(all[0].owner.has_value(), row.kind != nullptr) << row.metadata;
    if (row.kind == nullptr) continue;
    EXPECT_EQ(all[0].owner->kind, row.kind);
    EXPECT_EQ(all[0].owner->name, row.name);
  }
}

TEST(Autoscaler, AListIsRequired) {
  EXPECT_THAT(found(R"({"kind":"HorizontalPodAutoscalerList","items":null})"), IsEmpty());
  for (const std::string& body :
       {std::string{R"({"kind":"Other"})"}, std::string{}, list(item("a", web, R"("x":1)")),
        list(item("a", web, R"("minReplicas":-1,"maxReplicas":5)")), list(item("", web)),
        list(item("../web", web))}) {
    const auto all = parse_autoscalers(body, deployment, "web");
    ASSERT_FALSE(all) << body;
    EXPECT_EQ(all.error().code, "bad-answer");
  }
}

TEST(Autoscaler, AloneItHasItsKind) {
  const std::string object = R"({"metadata":{"name":"a","uid":"u","resourceVersion":"8"},
                                 "spec":{"minReplicas":4,"maxReplicas":5})";
  const auto one = parse_autoscaler(object + R"(,"kind":"HorizontalPodAutoscaler"})");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->min, 4);
  EXPECT_EQ(one->version, "8");
  EXPECT_FALSE(parse_autoscaler(object + "}"));
  EXPECT_FALSE(parse_autoscaler(""));
}

}  // namespace
}  // namespace scalehook::kubernetes
