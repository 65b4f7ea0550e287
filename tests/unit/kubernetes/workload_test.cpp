#include "plugins/kubernetes/workload.hpp"

#include <gmock/gmock.h>

namespace scalehook::kubernetes {
namespace {

outcome<Workload> workload(const std::string& body) {
  return parse_workload(body, std::chrono::system_clock::now());
}

TEST(Workload, IsWhatTheObjectSays) {
  const auto found = workload(R"({"kind":"Deployment","metadata":{"uid":"u","resourceVersion":"7",
      "annotations":{"scalehook.io/paused":"in"}},
      "spec":{"replicas":3},"status":{"replicas":3,"readyReplicas":2}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->replicas, 3);
  EXPECT_EQ(found->ready, 2);
  EXPECT_EQ(found->uid, "u");
  EXPECT_EQ(found->version, "7");
  EXPECT_EQ(found->pause.hold, hold::in);
  EXPECT_FALSE(found->deleting);
}

TEST(Workload, AbsentFieldsHaveTheApisDefaults) {
  const auto found = workload(R"({"metadata":{"uid":"u","resourceVersion":"7",
      "deletionTimestamp":"2026-11-23T12:00:00Z"},"spec":{},"status":{}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->replicas, 1);
  EXPECT_EQ(found->ready, 0);
  EXPECT_TRUE(found->deleting);
  const auto zero = workload(R"({"metadata":{"uid":"u","resourceVersion":"7"},
                                 "spec":{"replicas":0}})");
  ASSERT_TRUE(zero);
  EXPECT_EQ(zero->replicas, 0);
}

TEST(Workload, ItsControllerIsTheOwnerThatSaysSo) {
  const auto found = workload(R"({"metadata":{"uid":"u","resourceVersion":"7","ownerReferences":[
      {"kind":"Bundle","name":"all"},{"kind":"Rollout","name":"canary","controller":true}]}})");
  ASSERT_TRUE(found);
  ASSERT_TRUE(found->controller);
  EXPECT_EQ(found->controller->kind, "Rollout");
  EXPECT_EQ(found->controller->name, "canary");
  const auto free = workload(R"({"metadata":{"uid":"u","resourceVersion":"7","ownerReferences":[
      {"kind":"Bundle","name":"all","controller":false},{"kind":"Bundle","name":"more"}]}})");
  ASSERT_TRUE(free);
  EXPECT_FALSE(free->controller);
}

TEST(Workload, RefusesAnythingElse) {
  for (const char* body :
       {"", "<html>", "[]", "{}", R"({"metadata":{"uid":"u"},"spec":{"replicas":1}})",
        R"({"metadata":{"uid":"u","resourceVersion":"7"},"spec":{"replicas":"1"}})",
        R"({"metadata":{"uid":"u","resourceVersion":"7"},"spec":{"replicas":-1}})"}) {
    const auto found = workload(body);
    ASSERT_FALSE(found) << body;
    EXPECT_EQ(found.error().code, "bad-answer");
  }
}

TEST(Workload, OfAnyKindHasTheCountOfItsScale) {
  const auto with = [](const std::string& status) {
    return parse_workload(R"({"metadata":{"uid":"u","resourceVersion":"7",
        "annotations":{"scalehook.io/paused":"in"}},
        "spec":{"replicas":{"min":1}},"status":)" +
                              status + "}",
                          Scale{4, 3, "u", "8"}, std::chrono::system_clock::now());
  };
  struct Row {
    const char* status;
    std::int64_t ready;
  };
  for (const Row& row : {Row{R"({"readyReplicas":1,"availableReplicas":2})", 1},
                         Row{R"({"availableReplicas":2})", 2}, Row{R"({"readyReplicas":0})", 0},
                         Row{R"({"readyReplicas":"2/3"})", 3}, Row{"{}", 3}, Row{"null", 3}}) {
    const auto found = with(row.status);
    ASSERT_TRUE(found) << row.status;
    EXPECT_EQ(found->replicas, 4);
    EXPECT_EQ(found->ready, row.ready) << row.status;
    EXPECT_EQ(found->version, "7") << "the object's, which is the older one";
    EXPECT_EQ(found->pause.hold, hold::in);
  }
  EXPECT_FALSE(parse_workload("{}", Scale{}, std::chrono::system_clock::now()));
}

TEST(Seen, IsReadAsItWasWritten) {
  const Seen seen = parse_seen(to_text({.version = "17", .uid = "u-1", .replicas = 3}));
  EXPECT_EQ(seen.version, "17");
  EXPECT_EQ(seen.uid, "u-1");
  EXPECT_EQ(seen.replicas, 3);
}

TEST(Seen, AnythingElseIsAVersionAlone) {
  struct Row {
    const char* text;
    const char* version;
  };
  // Without a uid nothing is ever only touched.
  for (const Row& row : {Row{"", ""}, Row{"17", "17"}, Row{"3/17", "3/17"}, Row{"x/u/17", "17"},
                         Row{"3x/u/17", "17"}, Row{"/u/17", "17"}, Row{"3//17", "17"}}) {
    const Seen seen = parse_seen(row.text);
    EXPECT_EQ(seen.version, row.version) << row.text;
    EXPECT_EQ(seen.uid, "") << row.text;
  }
}

TEST(Seen, IsOnlyTouchedWhileNothingOfWeightIsAnother) {
  const Seen seen{.version = "17", .uid = "u", .replicas = 3};
  const auto now = [](auto change) {
    Workload workload;
    workload.replicas = 3;
    workload.uid = "u";
    workload.version = "18";
    change(workload);
    return workload;
  };
  const auto paused = [&](hold held) { return now([&](Workload& it) { it.pause.hold = held; }); };
  EXPECT_TRUE(only_touched(seen, now([](Workload& it) { it.ready = 2; }), 4));
  EXPECT_FALSE(only_touched(seen, now([](Workload& it) { it.replicas = 4; }), 4));
  EXPECT_FALSE(only_touched(seen, now([](Workload& it) { it.uid = "another"; }), 4));
  EXPECT_FALSE(only_touched(seen, now([](Workload& it) { it.deleting = true; }), 4));
  EXPECT_FALSE(only_touched(seen, now([](Workload& it) {
                              it.controller = Owner{"Rollout", "canary"};
                            }),
                            4));
  EXPECT_FALSE(only_touched(parse_seen("17"), now([](Workload& it) { it.uid = ""; }), 4));
  for (const std::int64_t to : {2, 4}) {
    EXPECT_FALSE(only_touched(seen, paused(hold::all), to));
    EXPECT_EQ(only_touched(seen, paused(hold::in), to), to == 4);
    EXPECT_EQ(only_touched(seen, paused(hold::out), to), to == 2);
  }
}

TEST(Scale, AnAbsentCountIsZero) {
  const auto found = parse_scale(R"({"kind":"Scale","metadata":{"uid":"u","resourceVersion":"8"},
                                     "spec":{},"status":{"replicas":3}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->replicas, 0);
  EXPECT_EQ(found->observed, 3);
  EXPECT_EQ(found->version, "8");
  EXPECT_FALSE(parse_scale("{}"));
}

TEST(Scale, ACountBelowZeroIsToldAndAnythingElseIsNone) {
  const auto found = parse_scale(R"({"kind":"Scale","spec":{"replicas":-3}})");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->replicas, -3);
  for (const char* count : {"\"3\"", "2.5", "null", "{}"}) {
    const auto none =
        parse_scale(R"({"kind":"Scale","spec":{"replicas":)" + std::string{count} + "}}");
    ASSERT_FALSE(none) << count;
    EXPECT_EQ(none.error().code, "bad-answer");
  }
}

}  // namespace
}  // namespace scalehook::kubernetes
