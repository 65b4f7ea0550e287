// What holds for all targets together: the breaker, the budget.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  loop.fire({"c"});
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

}  // namespace
}  // namespace scalehook::dispatch
