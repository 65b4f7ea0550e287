// The engine on a simulated clock and cluster, and one notifier that listens.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/dispatch/engine.hpp"
#include "core/telemetry/metrics.hpp"
#include "tests/unit/dispatch/simulated.hpp"

namespace scalehook::dispatch {

using namespace std::chrono_literals;

struct Loop {
  SimulatedRuntime runtime;
  SimulatedCluster cluster;
  telemetry::Metrics metrics{"test"};
  std::map<std::int64_t, std::vector<journal::Record>> records;   // by notification
  std::map<std::int64_t, std::vector<journal::Record>> finished;  // the same, of those that are
  std::map<std::int64_t, journal::Event> events;  // that are neither delivered nor given up
  std::vector<std::string> dead_letters;
  bool hold_stores = false;  // nothing gets on disk
  std::vector<std::function<void()>> held_stores;
  std::map<std::pair<std::string, std::string>, std::string> states;  // the latest
  std::vector<boost::json::value> told;
  std::deque<plugin::Outcome> deliveries;
  std::vector<std::size_t> groups;        // how many of them came in one call
  std::chrono::nanoseconds group_wait{};  // of setups made from here on
  config::Config config = config::built_in();
  Upstream upstream;  // of the setups to come
  std::unique_ptr<Engine> engine;
  std::int64_t last_id = 0;
  struct Posted {
    Time at{};
    alert::Notification notification;
  };
  std::map<std::int64_t, Posted> posted;

  Loop() {
    for (auto& rule : config.rules) {
      rule.behavior.while_firing.reset();  // further steps have tests of their own
      rule.notify = {"watcher"};
      // At once, unless a test is about waiting.
      rule.behavior.cooldown = {0s, 0s};
      rule.behavior.scale_in.stabilization = 0s;
    }
    engine = made();
  }

  std::unique_ptr<Engine> made() {
    return std::make_unique<Engine>(runtime, metrics, setup(),
                                    [this](journal::Change change, std::function<void()> stored) {
                                      keep(std::move(change));
                                      if (hold_stores && stored) {
                                        held_stores.push_back(std::move(stored));
                                      } else if (stored) {
                                        stored();
                                      }
                                    });
  }

  void let_stores_go() {
    hold_stores = false;
    for (auto& stored : std::exchange(held_stores, {})) stored();
    runtime.settle();
  }

  void keep(journal::Change change) {
    for (auto& state : change.states) states[{state.kind, state.name}] = std::move(state.json);
    for (auto& record : change.records) {
      const auto object = boost::json::parse(record.json).as_object();
      if (const auto* first = object.if_contains("first_notification")) {  // one for all of these
        for (auto id = first->as_int64(); id < record.notification; ++id) {
          if (is_about(id, record.target)) records[id].push_back(record);
        }
      }
      records[record.notification].push_back(std::move(record));
    }
    for (const auto id : change.finished) {
      EXPECT_FALSE(finished.contains(id)) << "finished twice";
      finished[id] = records[id];
    }
    finished[0] = records[0];
    for (auto& event : change.events) events[event.number] = std::move(event);
    for (const auto number : change.delivered) events.erase(number);
    for (const auto& letter : change.undelivered) {
      dead_letters.push_back(letter.explanation);
      events.erase(letter.number);
    }
  }

  bool is_about(std::int64_t id, const std::string& target) const {
    const auto sent = posted.find(id);
    return sent != posted.end() &&
           std::any_of(sent->second.notification.alerts.begin(),
                       sent->second.notification.alerts.end(), [&](const auto& alert) {
                         const auto name = alert.labels.find("deployment");
                         return name != alert.labels.end() && target.ends_with("/" + name->second);
                       });
  }

  // Another engine, that remembers what this one has handed over.
  void restart() {
    auto stopped = engine->stop();
    runtime.settle();
    stopped.get();
    start_again();
  }

  // The same after a kill.
  void start_again() {
    runtime.forget_timers();
    engine = made();
    Engine::Kept kept;
    kept.is_first = !states.contains({Engine::clock_kind, ""});
    for (const auto& [key, json] : states) {
      if (!json.empty()) kept.states.push_back({key.first, key.second, json});
    }
    for (const auto& [number, event] : events) {
      kept.events.push_back(event);
      kept.last_event = number;
    }
    engine->recover(std::move(kept));
    for (const auto& [id, again] : posted) {
      if (!finished.contains(id)) engine->receive(id, Engine::coming(again.at, again.notification));
    }
    engine->start();
    runtime.settle();
  }

  std::shared_ptr<const Setup> setup() {
    auto made = std::make_shared<Setup>();
    made->config = std::make_shared<const config::Config>(config);
    made->scalers["deployment"] = cluster.scaler();
    made->scalers["statefulset"] = cluster.scaler();
    Notifier notifier;
    notifier.group_wait = group_wait;
    notifier.notify = [this](const std::vector<std::string>& group, const plugin::Input&,
                             std::chrono::milliseconds,
                             const std::function<void(plugin::Outcome)>& answer) {
      for (const auto& event : group) told.push_back(boost::json::parse(event));
      groups.push_back(group.size());
      auto outcome = SimulatedCluster::next(deliveries);
      answer(outcome);
    };
    made->notifiers["watcher"] = notifier;
    made->upstream = upstream;
    return made;
  }

  alert::Alert alert(const std::string& deployment, alert::Status status = alert::Status::firing) {
    alert::Alert made;
    made.status = status;
    made.labels = {{"trigger", "hpa"},
                   {"action", "scale-out"},
                   {"alertname", "Busy"},
                   {"namespace", "default"},
                   {"deployment", deployment}};
    made.starts_at = Time{std::chrono::hours{24 * 365 * 56}};
    if (status == alert::Status::resolved) made.ends_at = made.starts_at + 1h;
    return made;
  }

  // Hands a notification to the engine; its id.
  std::int64_t post(std::vector<alert::Alert> alerts) {
    alert::Notification notification;
    notification.alerts = std::move(alerts);
    posted[++last_id] = {runtime.now(), notification};
    auto coming = Engine::coming(runtime.now(), std::move(notification));
    engine->expect(coming);
    engine->receive(last_id, std::move(coming));
    return last_id;
  }
  // One that does not get on disk, or not yet.
  std::shared_ptr<Engine::Coming> expect(std::vector<alert::Alert> alerts) {
    alert::Notification notification;
    notification.alerts = std::move(alerts);
    auto coming = Engine::coming(runtime.now(), std::move(notification));
    engine->expect(coming);
    runtime.settle();
    return coming;
  }
  std::int64_t notify(std::vector<alert::Alert> alerts) {
    const auto id = post(std::move(alerts));
    runtime.settle();
    return id;
  }

  // What is remembered of a kind, by name.
  std::map<std::string, std::string> kept(const std::string& kind) const {
    std::map<std::string, std::string> found;
    for (const auto& [key, json] : states) {
      if (key.first == kind && !json.empty()) found.emplace(key.second, json);
    }
    return found;
  }

  std::string reasons(std::int64_t id) {
    std::string all;
    for (const auto& record : finished.at(id)) all += (all.empty() ? "" : " ") + record.reason;
    return all;
  }
};

inline plugin::Outcome fault(plugin::Status status, const std::string& code = "") {
  plugin::Outcome outcome;
  outcome.status = status;
  outcome.code = code;
  outcome.explanation = "as injected";
  return outcome;
}

}  // namespace scalehook::dispatch
