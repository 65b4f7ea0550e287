// What holds for every sequence of notifications, repeats, delays, restarts, clock jumps and
// changes by others: random ones, and if one fails, the shortest that does, with its seed.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/scaling/reason.hpp"
#include "tests/unit/dispatch/loop.hpp"

namespace scalehook::dispatch {
namespace {

using scaling::Action;

constexpr scaling::Limits limits{2, 6};
constexpr scaling::Cooldown cooldown{120s, 240s};

// Numbers of all sizes from the first one on: each part of them says something else.
const auto any_number = rc::gen::inRange<std::uint32_t>(0, 1U << 20);
const auto some_acts = rc::gen::container<std::vector<std::uint32_t>>(any_number);

struct Written {
  scaling::Moment at;
  std::int64_t from{};
  std::int64_t to{};
  bool lost = false;  // its answer
};

// One workload, and five rules with an alert each.
class Plant : public Loop {
 public:
  explicit Plant(std::int64_t replicas) {
    cluster.workloads["test"] = {replicas};
    const auto base = config.rules[0];
    config.rules.clear();
    add(base, "step", Action::scale_out, scaling::Step{1});
    add(base, "percent", Action::scale_out, scaling::Percent{50});
    add(base, "value", Action::scale_out, scaling::PerReplica{10});
    add(base, "idle", Action::scale_in, scaling::Step{1});
    add(base, "hold", Action::hold, scaling::Step{1});
    restart();
  }

  // The same for all rules.
  void each(const std::function<void(scaling::Behavior&)>& change) {
    for (auto& rule : config.rules) change(rule.behavior);
    restart();
  }

  std::int64_t replicas() { return cluster.workloads["test"].replicas; }
  void set_by_another(std::int64_t count) {
    auto& workload = cluster.workloads["test"];
    workload.replicas = count;
    ++workload.version;
  }

  // What the alert of a rule is now; a further one while it fires refreshes its value.
  alert::Alert fire(std::size_t rule, double value) {
    auto& since = firing_[rule];
    if (!since) since = sender_now();
    auto made = of(rule, *since);
    made.annotations["value"] = std::to_string(value);
    return made;
  }
  std::optional<alert::Alert> resolve(std::size_t rule) {
    auto& since = firing_[rule];
    if (!since) return std::nullopt;
    auto made = of(rule, *since);
    made.status = alert::Status::resolved;
    made.ends_at = sender_now();
    since.reset();
    return made;
  }
  bool fires(std::size_t rule) const { return firing_[rule].has_value(); }

 private:
  // Of one sender no two things happen at the same time.
  Time sender_now() {
    return Time{runtime.moment().time_since_epoch()} + std::chrono::milliseconds{++tick_};
  }

  void add(config::Rule rule, const std::string& name, Action action, scaling::Policy policy) {
    rule.selection.name = rule.behavior.rule = name;
    rule.selection.matchers = {*rules::Matcher::parse("kind=\"" + name + "\"")};
    rule.selection.action = scaling::to_text(action);
    rule.behavior.policy = policy;
    rule.behavior.limits = limits;
    rule.behavior.cooldown = cooldown;
    rule.behavior.on_resolved = scaling::OnResolved::restore;
    rule.behavior.claim_ttl = std::chrono::hours{1000};
    config.rules.push_back(std::move(rule));
  }

  alert::Alert of(std::size_t rule, Time since) {
    auto made = alert("test");
    made.labels["kind"] = config.rules[rule].selection.name;
    made.starts_at = since;
    return made;
  }

  std::array<std::optional<Time>, 5> firing_;
  int tick_ = 0;
};

using Alerts = std::vector<alert::Alert>;

// Does one random thing. `late` are notifications that are not on disk at once, and come again.
struct Actor {
  Plant& plant;
  std::vector<Alerts> sent = {};
  std::vector<Alerts> late = {};

  void send(Alerts alerts, bool hold_back) {
    sent.push_back(alerts);
    if (hold_back) {
      plant.expect(alerts);
      late.push_back(std::move(alerts));
    } else {
      plant.notify(std::move(alerts));
    }
  }

  void act(std::uint32_t what) {
    const std::size_t rule = what / 16 % 5;
    const std::uint32_t number = what / 128 % 64;
    switch (what % 16) {
      case 0:
      case 1:
      case 2:
        return send({plant.fire(rule, number)}, number % 8 == 0);
      case 3:
      case 4:
        if (auto resolved = plant.resolve(rule)) send({*std::move(resolved)}, number % 8 == 0);
        return;
      case 5:
      case 6:
        if (!sent.empty())
          plant.notify(sent[sent.size() - 1 - number % std::min<std::size_t>(sent.size(), 5)]);
        return;
      case 7:
        if (late.empty()) return;
        plant.notify(late.back());
        return late.pop_back();
      case 8:
        return plant.set_by_another(number % 10);
      case 9:
        return plant.restart();
      case 10:
        plant.runtime.wall_offset += std::chrono::hours{static_cast<int>(number) - 32};
        return;
      case 11:
        plant.cluster.write_faults.push_back(
            fault(number % 2 == 0 ? plugin::Status::conflict : plugin::Status::retry));
        return;
      case 12:
        plant.cluster.lose_next_answer = true;
        return;
      case 13:
        return plant.runtime.pass(std::chrono::minutes{number});
      default:
        return plant.runtime.pass(std::chrono::seconds{number});
    }
  }
};

TEST(Property, BoundsDirectionsCooldownsAndRecordsHoldWhateverHappens) {
  EXPECT_TRUE(rc::check([] {
    const auto acts = *some_acts;
    Plant plant{3};
    std::vector<Written> written;
    plant.cluster.on_each_write = [&](std::int64_t from, std::int64_t to, bool lost) {
      written.push_back({plant.runtime.moment(), from, to, lost});
    };
    Actor actor{plant};
    for (const auto what : acts) actor.act(what);
    plant.runtime.pass(1h);

    std::optional<scaling::Moment> last_out;
    std::optional<scaling::Moment> last;
    for (const auto& [at, from, to, lost] : written) {
      RC_ASSERT(to != from);
      if (to > from) {
        RC_ASSERT(to <= std::max(limits.max, from));
        RC_ASSERT(!last_out || at - *last_out >= cooldown.out);
      } else {
        RC_ASSERT(to >= std::min(limits.min, from));
        RC_ASSERT(!last || at - *last >= cooldown.in);
      }
      // Whose answer is lost and whose count another takes back at once was never seen.
      if (lost) continue;
      last = at;
      if (to > from) last_out = at;
    }
    for (std::int64_t id = 1; id <= plant.last_id; ++id) {
      RC_ASSERT(plant.finished.contains(id));
      RC_ASSERT(!plant.finished[id].empty());
    }
    for (const auto& [id, records] : plant.finished) {
      for (const auto& record : records) {
        RC_ASSERT(scaling::parse_reason(record.reason).has_value());
        const auto told = boost::json::parse(record.json);
        RC_ASSERT(!told.at("explanation").as_string().empty());
        if (record.reason != "applied") continue;
        const bool out = told.at("direction").as_string() == "out";
        RC_ASSERT(out == (told.at("to").as_int64() > told.at("from").as_int64()));
      }
    }
  }));
}

// The count after some alerts; `second` of each act says how often its notification comes again.
std::int64_t count_after(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& acts,
                         bool doubled) {
  Plant plant{3};
  for (const auto& [what, times] : acts) {
    const std::size_t rule = what % 5;
    std::optional<alert::Alert> alert;
    if (what / 8 % 3 == 2) {
      alert = plant.resolve(rule);
    } else {
      alert = plant.fire(rule, what / 32 % 64);
    }
    if (alert) plant.notify({*alert});
    for (std::uint32_t again = 0; again < times % 4; ++again) {
      plant.runtime.pass(5s);
      if (alert && doubled) plant.notify({*alert});
    }
    plant.runtime.pass(std::chrono::seconds{what / 2048 % 512});
  }
  plant.runtime.pass(12h);
  return plant.replicas();
}

TEST(Property, RepeatsChangeNothing) {
  EXPECT_TRUE(rc::check([] {
    const auto acts = *rc::gen::container<std::vector<std::pair<std::uint32_t, std::uint32_t>>>(
        rc::gen::pair(any_number, any_number));
    RC_ASSERT(count_after(acts, true) == count_after(acts, false));
  }));
}

TEST(Property, ADelayDropsNothing) {
  EXPECT_TRUE(rc::check([] {
    const auto acts = *some_acts;
    Plant plant{3};
    // Counts that do not depend on when they are worked out.
    plant.each([](scaling::Behavior& behavior) {
      behavior.scale_in.stabilization = 300s;
      behavior.scale_out.stabilization = 30s;
      behavior.scale_in.policies = {{.pods = 1, .percent = {}, .period = 60s}};
      behavior.scale_out.policies = {{.pods = 2, .percent = {}, .period = 60s}};
      if (behavior.rule == "step") behavior.policy = scaling::Set{5};
      if (behavior.rule == "percent") behavior.policy = scaling::Set{4};
      if (behavior.rule == "idle") behavior.policy = scaling::Set{2};
    });
    for (const auto what : acts) {
      const std::size_t rule = std::array{0, 1, 3}.at(what % 3);
      std::optional<alert::Alert> alert;
      if (what / 4 % 2 == 0) {
        alert = plant.fire(rule, 1);
      } else {
        alert = plant.resolve(rule);
      }
      if (alert) plant.notify({*alert});
      plant.runtime.pass(std::chrono::seconds{what / 64 % 512});
      if (what % 17 == 0) plant.restart();
    }
    plant.runtime.pass(12h);
    const std::int64_t wanted = plant.fires(0) ? 5 : plant.fires(1) ? 4 : plant.fires(3) ? 2 : 3;
    RC_ASSERT(plant.replicas() == wanted);
  }));
}

}  // namespace
}  // namespace scalehook::dispatch
