#include "core/dispatch/engine.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>
#include <utility>

#include "core/dispatch/intake.hpp"
#include "core/dispatch/lane.hpp"
#include "core/dispatch/outbox.hpp"
#include "core/dispatch/record.hpp"
#include "core/rules/select.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::dispatch {

namespace json = boost::json;
using scaling::Reason;

// Everything in here happens on the runtime's thread.
class Engine::Impl : public World, public std::enable_shared_from_this<Engine::Impl> {
 public:
  Impl(Runtime& runtime, telemetry::Metrics& metrics, std::shared_ptr<const Setup> setup,
       Finish finish)
      : runtime_{runtime}, metrics_{metrics}, setup_{std::move(setup)}, finish_{std::move(finish)} {
    for (int index = 0; index < scaling::reason_count; ++index) {
      metrics_.decision_reason(to_text(static_cast<Reason>(index)));
    }
  }

  Runtime& runtime() override { return runtime_; }
  telemetry::Metrics& metrics() override { return metrics_; }
  std::shared_ptr<const Setup> setup() override { return setup_; }
  bool stopping() const override { return stopping_; }

  void call_began(const std::shared_ptr<const Setup>& setup) override { ++calls_[setup]; }

  void call_ended(const std::shared_ptr<const Setup>& setup) override {
    const auto running = calls_.find(setup);
    if (--running->second == 0) calls_.erase(running);
    fulfil();
  }

  void receive(std::int64_t id, Time received_at, const alert::Notification& notification) {
    if (stopping_) return;  // unfinished in the journal
    Arrival bare;
    bare.notification = id;
    bare.received_at = received_at;
    bare.external_url = notification.external_url;

    auto intake = take_in(*setup_, notification.alerts);
    Open& open = open_[id];
    open.lanes = intake.targets.size();
    for (const auto& bad : notification.bad_alerts) {
      open.records.push_back(record(bare, "", unread_event(bare, bad, runtime_.now())));
    }
    for (const auto& turned : intake.turned) turn(bare, turned, open);
    for (auto& [target, seen] : intake.targets) {
      Lane& lane = lane_of(target);
      Arrival arrival = bare;
      arrival.alerts = std::move(seen.alerts);
      arrival.effects = scaling::observe(lane.memory(), seen.observations, runtime_.now());
      lane.arrive(std::move(arrival));
    }
    close_if_done(id);
  }

  void decided(Lane& lane, std::vector<Arrival> arrivals,
               const scaling::Decision& decision) override {
    // Nobody asked, so there is nothing to tell unless something was done.
    if (arrivals.empty() && decision.reason != Reason::applied)
      return drop_when_done(lane.target());
    // The last arrival has the decision; those before it are part of it.
    for (std::size_t index = 0; index + 1 < arrivals.size(); ++index) {
      auto part = decision;
      part.reason = Reason::coalesced;
      part.to.reset();
      part.explanation = "decided together with a later notification";
      keep(arrivals[index], event(lane.target(), arrivals[index], part, runtime_.now()));
    }
    Arrival last = arrivals.empty() ? reconsidered() : std::move(arrivals.back());
    auto own = decision;
    narrow(own, last);
    const auto told = event(lane.target(), last, own, runtime_.now());
    tell(rule_of(decision, last), told, input(lane.target(), {last}, &own));
    keep(last, told);
    drop_when_done(lane.target());
  }

  void troubled(Lane& lane, const Arrival& arrival, const scaling::Decision& decision) override {
    tell(rule_of(decision, arrival), event(lane.target(), arrival, decision, runtime_.now(), false),
         input(lane.target(), {arrival}, &decision));
  }

  void configure(std::shared_ptr<const Setup> setup,
                 const std::shared_ptr<std::promise<void>>& retired) {
    const auto old = std::exchange(setup_, std::move(setup));
    // A rule that now means other alerts or another target is another rule.
    std::map<std::string, std::shared_ptr<const scaling::Behavior>> behaviors;
    for (const auto& rule : setup_->config->rules) {
      const auto* before = find_rule(*old->config, rule.selection.name);
      if (before == nullptr || rules::select_alike(before->selection, rule.selection)) {
        behaviors[rule.selection.name] = {setup_->config, &rule.behavior};
      }
    }
    auto lanes = lanes_;  // a lane may go while it reconsiders
    for (auto& [target, lane] : lanes) {
      std::set<std::string> rules;
      for (const auto& [key, claim] : lane->memory().claims) rules.insert(claim.rule);
      if (lane->memory().obligation) rules.insert(lane->memory().obligation->rule);
      for (const auto& rule : rules) {
        const auto behavior = behaviors.find(rule);
        if (behavior == behaviors.end()) {
          log::info("rule is gone or means something else now: its claims close, the count stays",
                    {{"rule", rule}, {"target", rules::to_text(target)}});
          scaling::drop_rule(lane->memory(), rule);
        } else {
          scaling::replace_behavior(lane->memory(), rule, behavior->second);
        }
      }
      if (!rules.empty()) lane->reconsider();
    }
    retiring_.push_back(retired);
    fulfil();
  }

  void stop(const std::shared_ptr<std::promise<void>>& stopped) {
    stopping_ = true;
    for (const auto& [notifier, outbox] : outboxes_) outbox->hurry();
    stopped_.push_back(stopped);
    fulfil();
  }

 private:
  // A notification of which not everything has been decided.
  struct Open {
    std::size_t lanes = 0;  // that have not concluded
    std::vector<journal::Record> records;
  };

  Lane& lane_of(const rules::Target& target) {
    auto& lane = lanes_[target];
    if (!lane) lane = std::make_shared<Lane>(*this, target);
    return *lane;
  }

  // Not at once: the lane is still at work when it tells what it decided.
  void drop_when_done(const rules::Target& target) {
    runtime_.post([self = shared_from_this(), target] {
      const auto lane = self->lanes_.find(target);
      if (lane != self->lanes_.end() && lane->second->done()) self->lanes_.erase(lane);
    });
  }

  Arrival reconsidered() {
    Arrival arrival;
    arrival.received_at = runtime_.now();
    return arrival;
  }

  // What changed nothing because it was nothing new says so.
  static void narrow(scaling::Decision& decision, const Arrival& arrival) {
    using scaling::Effect;
    const bool nothing_done =
        decision.reason == Reason::no_change || decision.reason == Reason::dry_run;
    if (!nothing_done || arrival.effects.empty()) return;
    const auto all = [&](auto... effects) {
      return std::all_of(arrival.effects.begin(), arrival.effects.end(),
                         [&](Effect effect) { return ((effect == effects) || ...); });
    };
    if (all(Effect::duplicate)) {
      decision.reason = Reason::duplicate;
      decision.explanation = "nothing new: " + decision.explanation;
    } else if (all(Effect::old, Effect::duplicate)) {
      decision.reason = Reason::old_resolve;
      decision.explanation = "it was resolved before what fires now began: " + decision.explanation;
    } else if (all(Effect::no_value, Effect::duplicate)) {
      decision.reason = Reason::bad_value;
      decision.explanation =
          "the alert's value is no number, so the last one is kept: " + decision.explanation;
    }
  }

  std::string rule_of(const scaling::Decision& decision, const Arrival& arrival) const {
    if (!decision.rule.empty() || arrival.alerts.empty()) return decision.rule;
    for (const auto& rule : setup_->config->rules) {
      if (rules::matches(rule.selection, arrival.alerts.back().labels)) return rule.selection.name;
    }
    return {};
  }

  void turn(const Arrival& arrival, const Turned& turned, Open& open) {
    auto told = turned_event(arrival, turned.alert, turned.rule, turned.reason, turned.explanation,
                             runtime_.now());
    log::info("alert turned away",
              {{"reason", to_text(turned.reason)},
               {"rule", turned.rule},
               {"explanation", turned.explanation},
               {"labels", json::serialize(told["alerts"].as_array().front().at("labels"))}});
    Arrival alone = arrival;
    alone.alerts = {turned.alert};
    tell(turned.rule, told, input({}, {alone}, nullptr));
    open.records.push_back(record(arrival, "", told));
  }

  journal::Record record(const Arrival& arrival, const std::string& target,
                         const json::object& told) {
    const std::string reason{told.at("reason").as_string()};
    metrics_.decided(reason);
    log::debug("decided", {{"target", target},
                           {"reason", reason},
                           {"explanation", std::string_view{told.at("explanation").as_string()}}});
    return {arrival.notification, runtime_.now(), target, reason, json::serialize(told)};
  }

  void keep(const Arrival& arrival, const json::object& told) {
    auto kept = record(arrival, std::string{told.at("target_text").as_string()}, told);
    if (arrival.notification == 0) {
      std::vector<journal::Record> records;
      records.push_back(std::move(kept));
      finish_(0, std::move(records));
      return;
    }
    const auto open = open_.find(arrival.notification);
    open->second.records.push_back(std::move(kept));
    --open->second.lanes;
    close_if_done(arrival.notification);
  }

  void close_if_done(std::int64_t id) {
    const auto open = open_.find(id);
    if (open == open_.end() || open->second.lanes > 0) return;
    auto records = std::move(open->second.records);
    open_.erase(open);
    finish_(id, std::move(records));
  }

  static const config::Rule* find_rule(const config::Config& config, const std::string& name) {
    const auto found =
        std::find_if(config.rules.begin(), config.rules.end(),
                     [&](const config::Rule& rule) { return rule.selection.name == name; });
    return found == config.rules.end() ? nullptr : &*found;
  }

  void tell(const std::string& rule, const json::object& told, const plugin::Input& about) {
    const auto* found = find_rule(*setup_->config, rule);
    if (found == nullptr) return;
    const std::string text = json::serialize(told);
    for (const auto& notifier : found->notify) {
      auto& outbox = outboxes_[notifier];
      if (!outbox) outbox = std::make_shared<Outbox>(*this, notifier);
      outbox->tell(told.at("kind").as_string(), text, about);
    }
  }

  // Keeps the promises whose time has come.
  void fulfil() {
    const bool only_current = std::all_of(calls_.begin(), calls_.end(),
                                          [&](const auto& call) { return call.first == setup_; });
    if (only_current) {
      for (auto& promise : retiring_) promise->set_value();
      retiring_.clear();
    }
    if (stopping_ && calls_.empty()) {
      for (auto& promise : stopped_) promise->set_value();
      stopped_.clear();
    }
  }

  Runtime& runtime_;
  telemetry::Metrics& metrics_;
  std::shared_ptr<const Setup> setup_;
  Finish finish_;
  bool stopping_ = false;
  std::map<rules::Target, std::shared_ptr<Lane>> lanes_;
  std::map<std::int64_t, Open> open_;
  std::map<std::string, std::shared_ptr<Outbox>> outboxes_;
  std::map<std::shared_ptr<const Setup>, int> calls_;  // running, by the setup they began with
  std::vector<std::shared_ptr<std::promise<void>>> retiring_;
  std::vector<std::shared_ptr<std::promise<void>>> stopped_;
};

Engine::Engine(Runtime& runtime, telemetry::Metrics& metrics, std::shared_ptr<const Setup> setup,
               Finish finish)
    : impl_{std::make_shared<Impl>(runtime, metrics, std::move(setup), std::move(finish))} {}

Engine::~Engine() = default;

void Engine::receive(std::int64_t id, Time received_at, alert::Notification notification) {
  impl_->runtime().post([impl = impl_, id, received_at, notification = std::move(notification)] {
    impl->receive(id, received_at, notification);
  });
}

std::future<void> Engine::configure(std::shared_ptr<const Setup> setup) {
  auto promise = std::make_shared<std::promise<void>>();
  auto future = promise->get_future();
  impl_->runtime().post([impl = impl_, setup = std::move(setup), promise]() mutable {
    impl->configure(std::move(setup), promise);
  });
  return future;
}

std::future<void> Engine::stop() {
  auto promise = std::make_shared<std::promise<void>>();
  auto future = promise->get_future();
  impl_->runtime().post([impl = impl_, promise] { impl->stop(promise); });
  return future;
}

}  // namespace scalehook::dispatch
