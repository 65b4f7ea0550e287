#include "plugins/kubernetes/discovery.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace scalehook::kubernetes {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string scale_of_rollouts =
    R"({"name":"rollouts/scale","namespaced":true,"group":"autoscaling","version":"v1","kind":"Scale"})";

std::string list(const std::string& entries) {
  return R"({"kind":"APIResourceList","apiVersion":"v1","groupVersion":"argoproj.io/v1alpha1",
             "resources":[)" +
         entries + "]}";
}

// As kube-apiserver 1.20 lists them.
const std::string argo = list(
    R"({"name":"rollouts","singularName":"rollout","namespaced":true,"kind":"Rollout","verbs":["get"]},
       {"name":"rollouts/status","namespaced":true,"kind":"Rollout","verbs":["get"]},
       {"name":"analysisruns","namespaced":true,"kind":"AnalysisRun"},
       {"name":"pools","namespaced":false,"kind":"Pool"},
       {"name":"pools/scale","namespaced":false,"group":"autoscaling","version":"v1","kind":"Scale"},)" +
    scale_of_rollouts);

TEST(Resources, AreWhatTheListSays) {
  const auto listed = parse_resources(argo, "argoproj.io/v1alpha1");
  ASSERT_TRUE(listed);
  ASSERT_EQ(listed->size(), 3U);
  EXPECT_EQ(listed->at(0).resource,
            (Resource{"argoproj.io", "v1alpha1", "Rollout", "rollouts", true}));
  EXPECT_TRUE(listed->at(0).has_scale);
  EXPECT_EQ(listed->at(1).resource.kind, "AnalysisRun");
  EXPECT_FALSE(listed->at(1).has_scale);
  EXPECT_EQ(listed->at(2).resource, (Resource{"argoproj.io", "v1alpha1", "Pool", "pools", false}));
  EXPECT_TRUE(listed->at(2).has_scale);

  const auto core = parse_resources(
      list(R"({"name":"replicationcontrollers","namespaced":true,"kind":"ReplicationController"})"),
      "v1");
  ASSERT_TRUE(core);
  EXPECT_EQ(core->at(0).resource,
            (Resource{"", "v1", "ReplicationController", "replicationcontrollers", true}));
}

TEST(Resources, AnOldScaleIsOne) {
  // As OpenShift's API server lists it in apps.openshift.io/v1.
  for (const char* version :
       {R"("group":"extensions","version":"v1beta1")", R"("group":"apps","version":"v1beta1")",
        R"("group":"apps","version":"v1beta2")"}) {
    const auto listed = parse_resources(
        list(R"({"name":"deploymentconfigs","namespaced":true,"kind":"DeploymentConfig"},
                {"name":"deploymentconfigs/scale","namespaced":true,"kind":"Scale",)" +
             std::string{version} + "}"),
        "apps.openshift.io/v1");
    ASSERT_TRUE(listed);
    ASSERT_EQ(listed->size(), 1U);
    EXPECT_TRUE(listed->at(0).has_scale) << version;
  }
}

TEST(Resources, AScaleOfAnotherVersionIsNone) {
  for (
      const char* scale :
      {R"({"name":"a/scale","namespaced":true,"kind":"Scale"})",
       R"({"name":"a/scale","namespaced":true,"kind":"Scale","group":"autoscaling","version":"v2"})",
       R"({"name":"a/scale","namespaced":true,"kind":"Scale","group":"extensions","version":"v1"})",
       R"({"name":"a/scale","namespaced":true,"kind":"Other","group":"autoscaling","version":"v1"})",
       R"({"name":"b/scale","namespaced":true,"kind":"Scale","group":"autoscaling","version":"v1"})"}) {
    const auto listed = parse_resources(
        list(R"({"name":"a","namespaced":true,"kind":"A"},)" + std::string{scale}), "v1");
    ASSERT_TRUE(listed);
    EXPECT_FALSE(listed->at(0).has_scale) << scale;
  }
}

TEST(Resources, OnlyANameGetsIntoAPath) {
  const auto listed = parse_resources(
      list(
          R"({"name":"../secrets","kind":"A"},{"name":"..","kind":"A"},{"name":"a b","kind":"A"},{"name":"","kind":"A"},
              {"kind":"A"},7,null)"),
      "v1");
  ASSERT_TRUE(listed);
  EXPECT_THAT(*listed, IsEmpty());
}

TEST(Resources, AListIsRequired) {
  for (const char* body : {"", "404 page not found\n", "[]", "{}", R"({"kind":"APIResourceList"})",
                           R"({"kind":"APIResourceList","resources":null})",
                           R"({"kind":"APIGroup","resources":[]})"}) {
    const auto listed = parse_resources(body, "v1");
    ASSERT_FALSE(listed) << body;
    EXPECT_EQ(listed.error().code, "bad-answer");
  }
}

class DiscoveryTest : public testing::Test {
 protected:
  outcome<Resource> find(const std::string& kind,
                         const std::string& api_version = "argoproj.io/v1alpha1") {
    return discovery_.find(
        api_version, kind,
        [&](const std::string& path) {
          asked_.push_back(path);
          return answer_;
        },
        now_);
  }
  std::string refusal(const std::string& kind) {
    const auto found = find(kind);
    if (found) return "found";
    EXPECT_EQ(found.error().status, status::refused);
    return found.error().code + ": " + found.error().explanation;
  }

  Discovery discovery_;
  Discovery::Clock::time_point now_{};
  outcome<Answer> answer_ = Answer{200, argo, {}};
  std::vector<std::string> asked_;
};

TEST_F(DiscoveryTest, IsAskedOnce) {
  for (int i = 0; i < 3; ++i) {
    const auto found = find("Rollout");
    ASSERT_TRUE(found);
    EXPECT_EQ(found->plural, "rollouts");
    now_ += std::chrono::hours{1};
  }
  ASSERT_TRUE(find("Pool"));
  EXPECT_THAT(asked_, ElementsAre("/apis/argoproj.io/v1alpha1"));
  answer_ = Answer{200, list(""), {}};
  EXPECT_FALSE(find("Rollout", "v1"));
  EXPECT_THAT(asked_, ElementsAre("/apis/argoproj.io/v1alpha1", "/api/v1"));
}

TEST_F(DiscoveryTest, SaysWhatIsMissing) {
  EXPECT_THAT(refusal("Rolout"),
              AllOf(HasSubstr("no-kind: the API server has no Rolout in argoproj.io/v1alpha1"),
                    HasSubstr("subresource there: Rollout, Pool")));
  EXPECT_THAT(refusal("rollout"), HasSubstr("no-kind")) << "kinds are spelt as they are";
  EXPECT_THAT(refusal("AnalysisRun"),
              AllOf(HasSubstr("no-scale: AnalysisRun of argoproj.io/v1alpha1 has no scale"),
                    HasSubstr("CustomResourceDefinition has to say `subresources: {scale: …}`")));
  answer_ = Answer{200, list(R"({"name":"jobs","namespaced":true,"kind":"Job"})"), {}};
  const auto built_in = find("Job", "batch/v1");
  ASSERT_FALSE(built_in);
  EXPECT_EQ(built_in.error().code, "no-scale");
  EXPECT_THAT(built_in.error().explanation,
              AllOf(HasSubstr("has to name another kind"),
                    testing::Not(HasSubstr("CustomResourceDefinition"))));
  answer_ = retry("no-resource", "404 page not found");
  discovery_.forget("argoproj.io/v1alpha1");
  EXPECT_THAT(refusal("Rollout"),
              AllOf(HasSubstr("no-kind: the API server has no argoproj.io/v1alpha1"),
                    HasSubstr("`apiVersion`"), HasSubstr("; 404 page not found")));
}

TEST_F(DiscoveryTest, WhatWasAbsentIsAskedForAgainButNotAllTheTime) {
  for (const auto& absent : {outcome<Answer>{retry("no-resource", "404 page not found")},
                             outcome<Answer>{Answer{200, list(""), {}}}}) {
    discovery_.forget("argoproj.io/v1alpha1");
    asked_.clear();
    answer_ = absent;
    EXPECT_FALSE(find("Rollout"));
    answer_ = Answer{200, argo, {}};
    now_ += Discovery::absent_for - milliseconds{1};
    EXPECT_FALSE(find("Rollout"));
    EXPECT_EQ(asked_.size(), 1U);
    now_ += milliseconds{1};
    EXPECT_TRUE(find("Rollout"));
    EXPECT_TRUE(find("Rollout"));
    EXPECT_EQ(asked_.size(), 2U);
  }
}

TEST_F(DiscoveryTest, WhatIsForgottenIsAskedForAtOnce) {
  ASSERT_TRUE(find("Rollout"));
  answer_ = Answer{200,
                   list(R"({"name":"rolls","namespaced":true,"kind":"Rollout"},
      {"name":"rolls/scale","group":"autoscaling","version":"v1","kind":"Scale"})"),
                   {}};
  discovery_.forget("argoproj.io/v1alpha1");
  const auto found = find("Rollout");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->plural, "rolls");
}

TEST_F(DiscoveryTest, WhatIsDoubtedIsAskedForAgainButNotAllTheTime) {
  const std::string argo_v1 = "argoproj.io/v1alpha1";
  EXPECT_FALSE(discovery_.doubt(argo_v1, now_)) << "nothing was told of it";
  ASSERT_TRUE(find("Rollout"));
  now_ += Discovery::absent_for - milliseconds{1};
  EXPECT_FALSE(discovery_.doubt(argo_v1, now_));
  ASSERT_TRUE(find("Rollout"));
  EXPECT_EQ(asked_.size(), 1U);
  now_ += milliseconds{1};
  EXPECT_TRUE(discovery_.doubt(argo_v1, now_));
  ASSERT_TRUE(find("Rollout"));
  EXPECT_EQ(asked_.size(), 2U);
  EXPECT_FALSE(discovery_.doubt(argo_v1, now_));
}

TEST_F(DiscoveryTest, AFaultIsNothingToRemember) {
  for (const auto& fault : {outcome<Answer>{retry("http-503", "busy")},
                            outcome<Answer>{denied("http-403", "forbidden")},
                            outcome<Answer>{Answer{200, "<html>", {}}}}) {
    answer_ = fault;
    const auto found = find("Rollout");
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error().code, fault ? "bad-answer" : fault.error().code);
  }
  answer_ = Answer{200, argo, {}};
  EXPECT_TRUE(find("Rollout"));
}

TEST_F(DiscoveryTest, HoldsNoMoreThanItCanUse) {
  answer_ = retry("no-resource", "");
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(find("Rollout", "g" + std::to_string(i) + "/v1"));
  answer_ = Answer{200, argo, {}};
  EXPECT_TRUE(find("Rollout"));
  for (int i = 0; i < 199; ++i) EXPECT_TRUE(find("Rollout", "h" + std::to_string(i) + "/v1"));
  asked_.clear();
  EXPECT_TRUE(find("Rollout"));
  EXPECT_THAT(asked_, IsEmpty());

  now_ += std::chrono::hours{1};
  EXPECT_TRUE(find("Rollout", "later/v1"));
  asked_.clear();
  EXPECT_TRUE(find("Rollout", "later/v1"));
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_TRUE(find("Rollout"));
  for (int i = 0; i < 199; ++i) EXPECT_TRUE(find("Rollout", "h" + std::to_string(i) + "/v1"));
  EXPECT_THAT(asked_, testing::Not(IsEmpty())) << "one of the older ones had to go for it";
}

TEST_F(DiscoveryTest, WhatIsServedIsNotDroppedForWhatIsNot) {
  ASSERT_TRUE(find("Rollout"));
  answer_ = retry("no-resource", "404 page not found");
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(find("Rollout", "g" + std::to_string(i) + "/v1"));
  EXPECT_EQ(asked_.size(), 1001U);
  EXPECT_TRUE(find("Rollout"));
  EXPECT_EQ(asked_.size(), 1001U);
}

TEST_F(DiscoveryTest, OnceFullAKnownVersionDropsNoOther) {
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(find("Rollout", "g" + std::to_string(i) + "/v1"));
  answer_ = Answer{200, list(""), {}};
  now_ += Discovery::absent_for;
  EXPECT_FALSE(find("Rolout", "g7/v1"));  // asks again
  asked_.clear();
  EXPECT_TRUE(find("Rollout", "g0/v1"));
  EXPECT_TRUE(find("Rollout", "g199/v1"));
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(DiscoveryTest, OfTwoResourcesOfOneKindThatWithAScaleIsMeant) {
  answer_ = Answer{200,
                   list(R"({"name":"olds","namespaced":true,"kind":"Rollout"},
      {"name":"rollouts","namespaced":true,"kind":"Rollout"},)" +
                        scale_of_rollouts),
                   {}};
  const auto found = find("Rollout");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->plural, "rollouts");
}

TEST_F(DiscoveryTest, OfTwoThatAskAtOnceTheLaterOneKnowsBetter) {
  const auto with_plural = [](const std::string& plural) {
    return outcome<Answer>{
        Answer{200,
               list(R"({"name":")" + plural + R"(","namespaced":true,"kind":"Rollout"},{"name":")" +
                    plural + R"(/scale","group":"autoscaling","version":"v1","kind":"Scale"})"),
               {}}};
  };
  const auto ask = [&](milliseconds at, const Discovery::Ask& asked) {
    const auto found = discovery_.find("argoproj.io/v1alpha1", "Rollout", asked, now_ + at);
    return found ? found->plural : found.error().code;
  };
  // The other one asks, and is answered, while this one waits for its answer.
  const auto first = ask(milliseconds{1}, [&](const std::string&) {
    EXPECT_EQ(ask(milliseconds{2}, [&](const std::string&) { return with_plural("new"); }), "new");
    return with_plural("old");
  });
  EXPECT_EQ(first, "old");
  EXPECT_EQ(ask(milliseconds{3}, [&](const std::string&) { return with_plural("other"); }), "new");
}

TEST(Discovery, AnyThreadMayAsk) {
  Discovery discovery;
  std::atomic<int> asked{0}, found{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100; ++i) {
          if (i % 10 == 9) discovery.forget("argoproj.io/v1alpha1");
          const auto resource = discovery.find(
              "argoproj.io/v1alpha1", "Rollout",
              [&](const std::string&) {
                ++asked;
                return outcome<Answer>{Answer{200, argo, {}}};
              },
              Discovery::Clock::now());
          found += resource && resource->plural == "rollouts";
        }
      });
    }
  }
  EXPECT_EQ(found, 400);
  EXPECT_LE(asked, 4 * (1 + 4 * 10)) << "each of the four, at first and once it was forgotten";
}

}  // namespace
}  // namespace scalehook::kubernetes
