// A dead API server is asked by one target and not by all.
#include "core/dispatch/breaker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using plugin::Status;

plugin::Outcome outcome(Status status) { return fault(status); }

struct OneScaler : Breaker {
  scaling::Moment now{1h};
  // So many targets fail.
  bool fail(int targets) {
    bool opened = false;
    for (int number = 0; number < targets; ++number) {
      opened = note(std::to_string(number), outcome(Status::retry), now) || opened;
    }
    return opened;
  }
  bool open() { return fail(10); }
  // Of one of those.
  auto away(std::chrono::nanoseconds later = {}) { return turn_away("0", now + later); }
};

TEST(Circuit, OpensWhenManyTargetsFailAndNotBefore) {
  OneScaler circuit;
  EXPECT_FALSE(circuit.fail(9));
  circuit.note("other", outcome(Status::not_found), circuit.now);  // which is an answer
  for (int round = 0; round < 100; ++round) EXPECT_FALSE(circuit.fail(9));
  EXPECT_FALSE(circuit.away());
  EXPECT_TRUE(circuit.note("a tenth", outcome(Status::retry), circuit.now));
  const auto away = circuit.away();
  ASSERT_TRUE(away);
  EXPECT_EQ(away->status, Status::retry);
  EXPECT_EQ(away->code, Breaker::open_code);
  EXPECT_EQ(away->retry_after, 2s);
  EXPECT_TRUE(away->explanation.ends_with("as injected"));
}

TEST(Circuit, OneThatIsToldWhenToComeAgainIsAnswered) {
  OneScaler circuit;
  auto busy = outcome(Status::retry);
  busy.retry_after = 1s;
  for (int number = 0; number < 100; ++number) {
    circuit.note(std::to_string(number), busy, circuit.now);
  }
  EXPECT_FALSE(circuit.is_open());
}

TEST(Circuit, LetsOneThroughInAWhileAndAllOnceItIsAnswered) {
  OneScaler circuit;
  EXPECT_TRUE(circuit.open());
  for (const auto wait : {2s, 4s, 8s, 16s, 30s, 30s}) {
    EXPECT_TRUE(circuit.away(wait - 1ns));
    circuit.now += wait;
    EXPECT_FALSE(circuit.away()) << "the one";
    EXPECT_EQ(circuit.away()->retry_after, 1s) << "the others, while it runs";
    EXPECT_FALSE(circuit.note("0", outcome(Status::retry), circuit.now));
  }
  circuit.now += 30s;
  EXPECT_FALSE(circuit.away());
  EXPECT_TRUE(circuit.note("0", outcome(Status::ok), circuit.now)) << "it closes";
  EXPECT_FALSE(circuit.away());
}

TEST(Circuit, OneThatIsCancelledLeavesItsTurnToAnother) {
  OneScaler circuit;
  circuit.open();
  circuit.now += 2s;
  EXPECT_FALSE(circuit.away());
  circuit.note("0", outcome(Status::cancelled), circuit.now);
  EXPECT_FALSE(circuit.away());
}

// A scaler may have targets of several kinds, of which one ails.
TEST(Circuit, LetsThoseThroughThatHaveNotFailedOneAtATime) {
  OneScaler circuit;
  circuit.open();
  EXPECT_FALSE(circuit.turn_away("new", circuit.now));
  EXPECT_TRUE(circuit.turn_away("newer", circuit.now)) << "while that one runs";
  EXPECT_FALSE(circuit.note("new", outcome(Status::retry), circuit.now));
  EXPECT_TRUE(circuit.turn_away("new", circuit.now)) << "it has failed now";
  EXPECT_EQ(circuit.away()->retry_after, 2s) << "and is no further evidence";
  EXPECT_FALSE(circuit.turn_away("newer", circuit.now));
  EXPECT_FALSE(circuit.note("newer", outcome(Status::cancelled), circuit.now));
  EXPECT_EQ(circuit.away()->retry_after, 2s);
  EXPECT_FALSE(circuit.turn_away("newer", circuit.now));
  EXPECT_TRUE(circuit.note("newer", outcome(Status::ok), circuit.now)) << "it closes";
  EXPECT_FALSE(circuit.away());
}

// Ten minutes without the API server, ten notifications for each of a thousand workloads.
TEST(Circuit, AfterAnOutageEachWorkloadIsWrittenOnceAndNotAllAtOnce) {
  constexpr int workloads = 1000;
  Loop loop;
  loop.runtime.by_chance.emplace(1U);
  const auto name = [](int number) { return "w" + std::to_string(number); };
  for (int number = 0; number < workloads; ++number) loop.cluster.workloads[name(number)] = {2};
  loop.cluster.is_down = true;
  for (int round = 0; round < 10; ++round) {
    for (int number = 0; number < workloads; ++number) loop.post({loop.alert(name(number))});
    loop.runtime.settle();
    loop.runtime.pass(1min);
  }
  EXPECT_TRUE(loop.cluster.writes.empty());
  EXPECT_TRUE(loop.finished[0].empty());
  EXPECT_LT(loop.cluster.reads, 2 * workloads) << "not each of them again and again";

  loop.cluster.is_down = false;
  std::map<Time, int> written_in;  // by second
  loop.cluster.on_each_write = [&](std::int64_t, std::int64_t, bool) {
    ++written_in[std::chrono::floor<std::chrono::seconds>(loop.runtime.now())];
  };
  loop.runtime.pass(3min);
  EXPECT_EQ(loop.cluster.writes.size(), workloads);
  for (const auto& [workload, stands] : loop.cluster.workloads) EXPECT_EQ(stands.replicas, 3);
  for (std::int64_t id = 1; id <= loop.last_id; ++id) ASSERT_TRUE(loop.finished.contains(id)) << id;
  const auto most = std::max_element(
      written_in.begin(), written_in.end(),
      [](const auto& one, const auto& other) { return one.second < other.second; });
  EXPECT_LT(most->second, workloads / 5) << "in one second of " << written_in.size();
}

}  // namespace
}  // namespace scalehook::dispatch
