#include "core/simulate/cluster.hpp"

#include <gtest/gtest.h>

namespace scalehook::simulate {
namespace {

using namespace std::chrono_literals;

struct Simulated {
  Clock clock{Time{}};
  std::vector<std::int64_t> changes;
  Cluster cluster{clock, 2, 30s, [this](const rules::Target&, std::int64_t replicas) {
                    changes.push_back(replicas);
                  }};
  dispatch::Scaler scaler = cluster.scaler("deployment", [](const auto&) { return std::nullopt; });

  plugin::ReadAnswer read() {
    plugin::ReadAnswer got;
    scaler.read({{"name", "a"}}, nullptr, 1s, [&](const auto& answer) { got = answer; });
    return got;
  }
  plugin::Status write(std::int64_t replicas, const std::string& version, bool dry_run = false) {
    plugin::WriteAnswer got;
    scaler.write({{"name", "a"}}, replicas, version, dry_run, nullptr, 1s,
                 [&](const auto& answer) { got = answer; });
    return got.outcome.status;
  }
};

TEST(Cluster, NewReplicasAreReadyAfterTheirStartup) {
  Simulated simulated;
  EXPECT_EQ(simulated.read().replicas, 2);
  EXPECT_EQ(simulated.read().ready, 2);
  EXPECT_EQ(simulated.write(5, simulated.read().version), plugin::Status::ok);
  EXPECT_EQ(simulated.read().replicas, 5);
  EXPECT_EQ(simulated.read().ready, 2);
  simulated.clock.pass(29s);
  EXPECT_EQ(simulated.read().ready, 2);
  simulated.clock.pass(1s);
  EXPECT_EQ(simulated.read().ready, 5);
  EXPECT_EQ(simulated.changes, (std::vector<std::int64_t>{5}));
}

TEST(Cluster, ThoseThatAreNotReadyGoFirst) {
  Simulated simulated;
  simulated.write(5, simulated.read().version);
  simulated.write(3, simulated.read().version);
  EXPECT_EQ(simulated.read().ready, 2);
  simulated.clock.pass(30s);
  EXPECT_EQ(simulated.read().ready, 3);
}

TEST(Cluster, AnOldVersionIsAConflictAndADryRunChangesNothing) {
  Simulated simulated;
  const auto old = simulated.read().version;
  EXPECT_EQ(simulated.write(5, old, true), plugin::Status::ok);
  EXPECT_EQ(simulated.read().replicas, 2);
  EXPECT_EQ(simulated.write(3, old), plugin::Status::ok);
  EXPECT_EQ(simulated.write(4, old), plugin::Status::conflict);
  EXPECT_EQ(simulated.changes, (std::vector<std::int64_t>{3}));
}

}  // namespace
}  // namespace scalehook::simulate
