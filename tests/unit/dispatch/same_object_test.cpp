// Two targets that name one object.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* uuid = "0ffa7c30-7b1f-4d52-9c61-c0f0a4e7f3b1";

struct SameObject : testing::Test {
  Loop loop;

  SameObject() {
    loop.cluster.workloads["test"] = {2, 1, uuid};
    add_rule("brief", "namespace=\"\"").selection.target.erase("namespace");
    loop.engine = loop.made();
  }

  // Before the others, and otherwise like the last.
  config::Rule& add_rule(const std::string& name, const std::string& matcher) {
    auto rule = loop.config.rules.back();
    rule.selection.name = name;
    rule.selection.matchers.push_back(*rules::Matcher::parse(matcher));
    rule.behavior.rule = name;
    return *loop.config.rules.insert(loop.config.rules.begin(), rule);
  }

  // By the target "deployment default/test".
  alert::Alert full(alert::Status status = alert::Status::firing) {
    return loop.alert("test", status);
  }
  // By the target "deployment test".
  alert::Alert brief(alert::Status status = alert::Status::firing) {
    auto made = loop.alert("test", status);
    made.labels.erase("namespace");
    return made;
  }
  alert::Alert of_statefulset() {
    auto made = loop.alert("test");
    made.labels.erase("deployment");
    made.labels["statefulset"] = "test";
    return made;
  }
  std::int64_t replicas() { return loop.cluster.workloads["test"].replicas; }
};

TEST_F(SameObject, IsScaledByTheTargetThatCameFirst) {
  loop.notify({full()});
  const auto second = loop.notify({brief()});
  EXPECT_EQ(loop.reasons(second), "same-object");
  EXPECT_THAT(loop.finished.at(second)[0].json, HasSubstr("deployment default/test"));
  EXPECT_EQ(loop.told.back().at("kind"), "refused");
  EXPECT_EQ(replicas(), 3);

  loop.notify({brief(alert::Status::resolved)});
  EXPECT_EQ(replicas(), 3);
  loop.notify({full(alert::Status::resolved)});
  loop.runtime.pass(10min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2)) << "back to what it was, and only once";
}

TEST_F(SameObject, IsTheOthersOnceTheFirstIsSettled) {
  loop.notify({full()});
  loop.notify({brief()});
  loop.notify({full(alert::Status::resolved)});
  loop.runtime.pass(2min);
  EXPECT_THAT(loop.cluster.writes, ElementsAre(3, 2, 3)) << "it still fires";

  const auto first_again = loop.notify({[&] {
    auto alert = full();
    alert.starts_at += 1h;
    return alert;
  }()});
  EXPECT_EQ(loop.reasons(first_again), "same-object") << "the other began before";
  EXPECT_EQ(replicas(), 3);
}

TEST_F(SameObject, IsRememberedOverARestart) {
  loop.notify({full()});
  loop.notify({brief()});
  loop.restart();
  auto another = brief();
  another.labels["instance"] = "another";
  EXPECT_EQ(loop.reasons(loop.notify({another})), "same-object");
  loop.runtime.pass(3min);
  EXPECT_EQ(replicas(), 3);
}

TEST_F(SameObject, MadeAnewIsAnotherOne) {
  loop.notify({full()});
  loop.cluster.workloads["test"] = {2, 1, "0ffa7c30-7b1f-4d52-9c61-000000000000"};
  loop.notify({brief()});
  EXPECT_EQ(replicas(), 3) << "nobody has scaled this one";
  loop.runtime.pass(2min);
  EXPECT_EQ(replicas(), 3) << "now the first sees that its object is gone, and this one taken";
}

TEST_F(SameObject, IsToldByAUuidWhicheverScalerReadsIt) {
  loop.notify({full()});
  EXPECT_EQ(loop.reasons(loop.notify({of_statefulset()})), "same-object");
}

TEST_F(SameObject, MayHaveTheSameNameWithAnotherScaler) {
  loop.cluster.workloads["test"].uid = "7";
  loop.notify({full()});
  EXPECT_EQ(loop.reasons(loop.notify({of_statefulset()})), "applied");
  EXPECT_EQ(loop.reasons(loop.notify({brief()})), "same-object");
}

TEST_F(SameObject, IsUnknownOfAScalerThatNamesNone) {
  loop.cluster.workloads["test"].uid = "";
  loop.notify({full()});
  EXPECT_EQ(loop.reasons(loop.notify({brief()})), "applied");
}

TEST_F(SameObject, IsNotHeldByADryRun) {
  add_rule("trial", "severity=\"trial\"").behavior.dry_run = true;
  loop.engine = loop.made();
  auto tried = full();
  tried.labels["severity"] = "trial";
  ASSERT_EQ(loop.reasons(loop.notify({tried})), "dry-run");
  EXPECT_EQ(loop.reasons(loop.notify({brief()})), "applied");
}

}  // namespace
}  // namespace scalehook::dispatch
