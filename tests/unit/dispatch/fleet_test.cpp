// What holds for all targets together: the breaker, the budget.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using alert::Status;

// Five targets of two replicas.
struct Five : Loop {
  Five() {
    for (const char* name : {"a", "b", "c", "d", "e"}) cluster.workloads[name] = {2};
  }

  void fire(std::vector<const char*> names) {
    for (const char* name : names) notify({alert(name)});
  }
  std::string fires(const char* name) { return reasons(notify({alert(name)})); }
  std::string resolves(const char* name) {
    return reasons(notify({alert(name, Status::resolved)}));
  }
  void resume() {
    engine->resume("", "");
    runtime.settle();
  }
  std::int64_t replicas(const char* name) { return cluster.workloads[name].replicas; }
};

TEST(Breaker, TheOneThatIsTooManyIsFrozenUntilFewerWantIn) {
  Five loop;
  loop.fire({"a", "b", "c", "d", "e"});
  EXPECT_EQ(loop.resolves("a"), "applied") << "one of five";
  EXPECT_EQ(loop.resolves("b"), "frozen") << "two of five are more than 0.3";
  EXPECT_EQ(loop.resolves("c"), "frozen");
  EXPECT_EQ(loop.fires("f"), "not-found") << "out is another matter";
  auto again = loop.alert("c");
  again.starts_at += 2h;
  loop.notify({again});
  loop.runtime.pass(4min);
  EXPECT_EQ(loop.replicas("b"), 3);
  loop.runtime.pass(3min);
  EXPECT_EQ(loop.replicas("b"), 2) << "the only one that still wants in";
}

TEST(Breaker, IsThawedByHand) {
  Five loop;
  loop.fire({"a", "b", "c", "d", "e"});
  for (const char* name : {"a", "b", "c", "d"}) loop.resolves(name);
  EXPECT_EQ(loop.replicas("d"), 3);
  loop.resume();
  for (const char* name : {"a", "b", "c", "d"}) EXPECT_EQ(loop.replicas(name), 2) << name;
  EXPECT_EQ(loop.resolves("e"), "applied") << "not frozen again for the same reason";
}

TEST(Breaker, CountsOnlyWhatMayComeTrue) {
  struct Row {
    const char* what;
    std::function<void(scaling::Behavior&)> set;
    const char* reason;  // of the two others
    const char* then;    // of the one that is to be taken back
  };
  for (const auto& row : {
           Row{"disabled", [](auto& rule) { rule.scale_in.select = scaling::Select::disabled; },
               "rate-limited", "applied"},
           Row{"a dry run", [](auto& rule) { rule.dry_run = true; }, "dry-run", "applied"},
           Row{"cooling down", [](auto& rule) { rule.cooldown.in = 1h; }, "cooldown", "frozen"},
           Row{"stabilizing", [](auto& rule) { rule.scale_in.stabilization = 1h; }, "stabilizing",
               "frozen"},
       }) {
    SCOPED_TRACE(row.what);
    Five loop;
    auto other = loop.config.rules[0];
    other.selection.name = other.behavior.rule = "other";
    other.selection.matchers = {*rules::Matcher::parse("kind=other")};
    row.set(other.behavior);
    loop.config.rules.insert(loop.config.rules.begin(), other);
    loop.engine->configure(loop.setup());
    loop.fire({"c", "d", "e"});
    for (const char* name : {"a", "b"}) {
      auto idle = loop.alert(name);
      idle.labels["kind"] = "other";
      idle.labels["action"] = "scale-in";
      if (other.behavior.dry_run) {
        loop.notify({idle});
        continue;
      }
      // Out for one alert, so that there is something that another may take back.
      auto alert = loop.alert(name);
      loop.notify({alert});
      alert.status = Status::resolved;
      alert.ends_at = alert.starts_at + 1h;
      loop.notify({idle, alert});
    }
    EXPECT_EQ(loop.told.back().at("reason"), row.reason);
    EXPECT_EQ(loop.resolves("c"), row.then);
  }
}

TEST(Budget, OfAllIsKeptOverARestart) {
  for (const bool restarted : {false, true}) {
    Five loop;
    loop.config.budget.changes = 4;  // one of them is for changes out only
    loop.engine->configure(loop.setup());
    loop.fire({"a"});
    loop.runtime.pass(10min);
    loop.fire({"b", "c"});
    if (restarted) loop.restart();
    EXPECT_EQ(loop.resolves("a"), "budget");
    EXPECT_EQ(loop.fires("d"), "applied");
    EXPECT_EQ(loop.fires("e"), "budget");
    loop.runtime.pass(50min - 1s);
    EXPECT_EQ(loop.replicas("e"), 2);
    loop.runtime.pass(2s);
    EXPECT_EQ(loop.replicas("e"), 3) << "an hour after the first";
  }
}

TEST(Budget, OfATargetIsItsOwn) {
  Five loop;
  loop.config.budget.changes_per_target = 1;
  loop.engine->configure(loop.setup());
  loop.fire({"a"});
  EXPECT_EQ(loop.resolves("a"), "budget");
  EXPECT_EQ(loop.fires("b"), "applied");
  loop.runtime.pass(1h + 1s);
  EXPECT_EQ(loop.replicas("a"), 2);
}

}  // namespace
}  // namespace scalehook::dispatch
