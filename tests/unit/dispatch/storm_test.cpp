// The notification that a rule with its value among the labels sends: one alert that fires, five of
// the same workload that are resolved. Captured from the real programs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/alert/parse.hpp"
#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

alert::Notification mixed() {
  const std::ifstream file{"tests/payloads/mixed-firing-resolved.json"};
  std::stringstream text;
  text << file.rdbuf();
  auto parsed = alert::parse(text.str());
  EXPECT_TRUE(parsed);
  return parsed ? *std::move(parsed) : alert::Notification{};
}

using Replicas = std::map<std::string, std::int64_t>;

struct Storm : Loop {
  std::vector<Replicas> changes;

  Storm() {
    for (const char* name : {"test2", "test3"}) cluster.workloads[name] = {2};
    cluster.on_each_write = [this](std::int64_t, std::int64_t, bool) { seen_ = true; };
  }

  void receive(alert::Notification notification) {
    engine->receive(++last_id, Engine::coming(runtime.now(), std::move(notification)));
    runtime.settle();
    note();
  }
  void pass(std::chrono::seconds time) {
    runtime.pass(time);
    note();
  }

 private:
  void note() {
    if (!std::exchange(seen_, false)) return;
    Replicas now;
    for (const auto& [name, workload] : cluster.workloads) now[name] = workload.replicas;
    changes.push_back(now);
  }
  bool seen_ = false;
};

TEST(Storm, AnHourOfMixedNotificationsChangesWhatOneCleanAlertWould) {
  Storm clean;
  auto once = mixed();
  std::erase_if(once.alerts,
                [](const auto& alert) { return alert.status != alert::Status::firing; });
  ASSERT_FALSE(once.alerts.empty());
  clean.receive(once);
  clean.pass(1h);

  Storm storm;
  for (int second = 0; second < 3600; second += 10) {
    storm.receive(mixed());
    storm.pass(10s);
  }
  EXPECT_EQ(clean.changes, (std::vector<Replicas>{{{"test2", 3}, {"test3", 3}}}));
  EXPECT_EQ(storm.changes, clean.changes);
  EXPECT_EQ(storm.cluster.writes, clean.cluster.writes);
}

}  // namespace
}  // namespace scalehook::dispatch
