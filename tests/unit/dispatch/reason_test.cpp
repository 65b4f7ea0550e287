// Each reason through the engine, from what happens to the record.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using alert::Status;
using scaling::Behavior;

struct Happening : Loop {
  Happening() { cluster.workloads["test"] = {2}; }

  void fires(const std::string& name = "test") { notify({alert(name)}); }
  void resolves(const std::string& name = "test") { notify({alert(name, Status::resolved)}); }
  void fires_anew() {
    auto again = alert("test");
    again.starts_at += 2h;
    notify({again});
  }
  void resolves_anew() {
    auto again = alert("test", Status::resolved);
    again.starts_at += 2h;
    again.ends_at = again.starts_at + 1h;
    notify({again});
  }
  void fires_with(const char* value) {
    auto made = alert("test");
    made.annotations["value"] = value;
    notify({made});
  }
  void wants_in() {
    auto made = alert("test");
    made.labels["action"] = "scale-in";
    notify({made});
  }
  void others_set(std::int64_t replicas) {
    auto& workload = cluster.workloads["test"];
    workload.replicas = replicas;
    ++workload.version;
  }
};

struct Row {
  const char* reason;
  const char* kind;
  std::function<void(Behavior&, config::Config&)> set;
  std::function<void(Happening&)> happens;
  std::int64_t replicas;
};

TEST(Reason, IsOnRecord) {
  const auto as_it_is = [](auto&...) {};
  for (const auto& row : {
           Row{"stabilizing", "unchanged",
               [](auto&rule, auto&) { rule.scale_in.stabilization = 5min; },
               [](Happening&loop) {
                 loop.fires();
                 loop.resolves();
               },
               3},
           Row{"rate-limited", "unchanged",
               [](auto&rule, auto&) {
                 rule.policy = scaling::Set{8};
                 rule.scale_out.policies = {{.pods = 2, .percent = {}, .period = 60s}};
               },
               [](Happening&loop) {
                 loop.fires();
                 loop.fires();
               },
               4},
           Row{"at-max", "unchanged",
               [](auto&rule, auto&) {
                 rule.limits = {1, 2};
               },
               [](Happening&loop) { loop.fires(); }, 2},
           Row{"at-min", "unchanged",
               [](auto&rule, auto&) {
                 rule.limits = {2, 10};
               },
               [](Happening&loop) { loop.wants_in(); }, 2},
           Row{"frozen", "refused", as_it_is,
               [](Happening&loop) {
                 for (const char* name : {"a", "b", "c", "d", "test"}) {
                   loop.cluster.workloads[name] = {2};
                   loop.fires(name);
                 }
                 loop.resolves("a");
                 loop.resolves();
               },
               3},
           Row{"budget", "refused",
               [](auto&, auto&config) { config.budget.changes_per_target = 1; },
               [](Happening&loop) {
                 loop.fires();
                 loop.resolves();
               },
               3},
           Row{"load-remains", "unchanged", as_it_is,
               [](Happening&loop) {
                 loop.fires();
                 loop.resolves();
                 loop.fires_anew();
                 loop.resolves_anew();
               },
               3},
           Row{"changed-by-others", "unchanged", [](auto&rule, auto&) { rule.cooldown.in = 5min; },
               [](Happening&loop) {
                 loop.fires();
                 loop.resolves();
                 loop.others_set(7);
                 loop.runtime.pass(2min);
               },
               7},
           Row{"rebased", "unchanged", as_it_is,
               [](Happening&loop) {
                 loop.fires();
                 loop.others_set(7);
                 loop.fires();
               },
               7},
           Row{"contested", "refused", [](auto&rule, auto&) { rule.policy = scaling::Set{4}; },
               [](Happening&loop) {
                 for (int times = 0; times < 3; ++times) {
                   loop.fires();
                   loop.others_set(2);
                 }
                 loop.fires();
               },
               2},
           Row{"old-resolve", "unchanged", as_it_is,
               [](Happening&loop) {
                 loop.fires_anew();
                 loop.resolves();
               },
               3},
           Row{"bad-value", "refused",
               [](auto&rule, auto&) { rule.policy = scaling::PerReplica{10}; },
               [](Happening&loop) {
                 loop.fires_with("40");
                 loop.fires_with("NaN");
               },
               4},
           Row{"bad-value", "refused",
               [](auto&rule, auto&) { rule.policy = scaling::PerReplica{10}; },
               [](Happening&loop) { loop.fires_with("-1"); }, 2},
       }) {
    SCOPED_TRACE(row.reason);
    Happening loop;
    row.set(loop.config.rules[0].behavior, loop.config);
    loop.engine->configure(loop.setup());
    row.happens(loop);
    ASSERT_FALSE(loop.told.empty());
    const auto& told = loop.told.back();
    EXPECT_EQ(told.at("reason"), row.reason);
    EXPECT_EQ(told.at("kind"), row.kind);
    EXPECT_FALSE(told.at("explanation").as_string().empty());
    EXPECT_EQ(loop.cluster.workloads["test"].replicas, row.replicas);
  }
}

}  // namespace
}  // namespace scalehook::dispatch
