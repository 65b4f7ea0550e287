// The rules change, while we run or while we are down.
#include "core/dispatch/reselect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using alert::Status;

struct Reselected : testing::TestWithParam<bool>, Loop {
  Reselected() { cluster.workloads["test"] = {2}; }

  void change_rules() {
    if (GetParam()) return restart();
    engine->configure(setup());
    runtime.settle();
  }

  config::Rule& rule(std::size_t index = 0) { return config.rules[index]; }
  // A copy of the first rule before all others.
  config::Rule& put_first(const std::string& name, std::vector<const char*> matchers) {
    auto first = rule();
    first.selection.name = first.behavior.rule = name;
    first.selection.matchers.clear();
    for (const char* text : matchers) {
      first.selection.matchers.push_back(*rules::Matcher::parse(text));
    }
    return *config.rules.insert(config.rules.begin(), std::move(first));
  }
  // A second alert of the workload, by a rule of its own that wants 6.
  alert::Alert large(Status status = Status::firing) {
    auto made = alert("test", status);
    made.labels["size"] = "large";
    return made;
  }

  std::int64_t replicas() { return cluster.workloads["test"].replicas; }
};

TEST_P(Reselected, ARuleThatIsPutBeforeAnotherTakesItsAlerts) {
  notify({alert("test")});
  put_first("first", {"trigger=hpa"}).behavior.policy = scaling::Set{5};
  change_rules();
  notify({alert("test")});
  EXPECT_EQ(replicas(), 5);
  notify({alert("test", Status::resolved)});
  runtime.pass(1h);
  EXPECT_EQ(replicas(), 3) << "what the old rule had raised stays";
}

TEST_P(Reselected, ARuleThatIsMovedLeavesTheOldTarget) {
  cluster.workloads["other"] = {2};
  notify({alert("test")});
  rule().selection.target["name"] = "other";
  change_rules();
  notify({alert("test")});
  EXPECT_EQ(cluster.workloads["other"].replicas, 3);
  notify({alert("test", Status::resolved)});
  runtime.pass(1h);
  EXPECT_EQ(cluster.workloads["other"].replicas, 2);
  EXPECT_EQ(replicas(), 3) << "left as it is";
}

TEST_P(Reselected, WhatARuleThatIsGoneHadRaisedOutlastsOthers) {
  put_first("large", {"size=large"}).behavior.policy = scaling::Set{6};
  engine->configure(setup());
  notify({alert("test")});
  notify({large()});
  EXPECT_EQ(replicas(), 6);
  config.rules.erase(config.rules.begin());
  config.rules[0].selection.matchers.push_back(*rules::Matcher::parse("size!=large"));
  change_rules();
  change_rules();  // which changes nothing more
  notify({alert("test", Status::resolved)});
  runtime.pass(1h);
  EXPECT_EQ(replicas(), 6);
}

// Each further reload finds the same rule gone.
TEST_P(Reselected, WhatARuleThatIsGoneLeftCostsOthersNothing) {
  put_first("large", {"size=large"}).behavior.policy = scaling::Set{6};
  engine->configure(setup());
  auto beside = alert("test");
  beside.labels["instance"] = "b";
  notify({alert("test"), beside});
  notify({large()});
  config.rules.erase(config.rules.begin());
  config.rules[0].selection.matchers.push_back(*rules::Matcher::parse("size!=large"));
  change_rules();
  beside.status = Status::resolved;
  beside.ends_at = beside.starts_at + 1h;
  notify({beside});
  change_rules();
  beside.status = Status::firing;
  EXPECT_EQ(reasons(notify({beside})), "stale");
  EXPECT_EQ(replicas(), 6);
}

TEST_P(Reselected, WhatARuleThatIsGoneWasToTakeBackStays) {
  auto& large_rule = put_first("large", {"size=large"});
  large_rule.behavior.policy = scaling::Set{6};
  large_rule.behavior.cooldown.in = 10min;
  engine->configure(setup());
  notify({large()});
  notify({large(Status::resolved)});
  config.rules.erase(config.rules.begin());
  change_rules();
  runtime.pass(1h);
  EXPECT_EQ(replicas(), 6);
}

TEST_P(Reselected, TheOrderOfMatchersIsNothingNew) {
  rule().selection.matchers = {*rules::Matcher::parse("trigger=hpa"),
                               *rules::Matcher::parse("alertname=Busy")};
  engine->configure(setup());
  notify({alert("test")});
  rule().selection.matchers = {*rules::Matcher::parse("alertname=\"Busy\""),
                               *rules::Matcher::parse("trigger=\"hpa\"")};
  change_rules();
  EXPECT_EQ(reasons(notify({alert("test")})), "duplicate");
  notify({alert("test", Status::resolved)});
  EXPECT_EQ(replicas(), 2);
}

TEST_P(Reselected, AnotherActionIsAnotherClaim) {
  rule().selection.action = "scale-out";
  engine->configure(setup());
  notify({alert("test")});
  rule().selection.action = "scale-in";
  change_rules();
  notify({alert("test")});
  EXPECT_EQ(replicas(), 2) << "one less than the three that stayed";
}

TEST_P(Reselected, OfSeveralSeriesThoseThatStillComeCount) {
  rule().selection.ignore_labels = {"size"};
  engine->configure(setup());
  notify({alert("test"), large()});
  EXPECT_EQ(replicas(), 3);
  put_first("large", {"size=large"}).selection.target["name"] = "other";
  cluster.workloads["other"] = {2};
  change_rules();
  notify({alert("test", Status::resolved)});
  EXPECT_EQ(replicas(), 2);
}

TEST_P(Reselected, WhatOnlyANotificationTellsIsAsItWas) {
  struct Row {
    const char* what;
    const char* matcher;
    const char* name;
  };
  for (const auto& row : {Row{"a value", "value=~\"[0-9]+\"", "${deployment}"},
                          Row{"an annotation", "trigger=hpa", "${workload}"}}) {
    SCOPED_TRACE(row.what);
    runtime.pass(31min);  // so that this one is no return of the last
    config.rules.resize(1);
    rule().selection.target["name"] = row.name;
    rule().selection.matchers = {*rules::Matcher::parse(row.matcher)};
    engine->configure(setup());
    auto made = alert("test");
    made.labels["value"] = "5";
    made.annotations["workload"] = "test";
    made.labels["row"] = row.what;
    cluster.workloads["test"] = {2};
    EXPECT_EQ(reasons(notify({made})), "applied");
    change_rules();
    EXPECT_EQ(reasons(notify({made})), "duplicate");
    made.status = Status::resolved;
    made.ends_at = made.starts_at + 1h;
    EXPECT_EQ(reasons(notify({made})), "applied");
    EXPECT_EQ(replicas(), 2);
  }
}

INSTANTIATE_TEST_SUITE_P(, Reselected, testing::Bool(),
                         [](const auto& name) { return name.param ? "WhileDown" : "OnReload"; });

}  // namespace
}  // namespace scalehook::dispatch
