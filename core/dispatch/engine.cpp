#include "core/dispatch/engine.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/dispatch/calls.hpp"
#include "core/dispatch/circuits.hpp"
#include "core/dispatch/clock.hpp"
#include "core/dispatch/conditions.hpp"
#include "core/dispatch/intake.hpp"
#include "core/dispatch/lanes.hpp"
#include "core/dispatch/ledger.hpp"
#include "core/dispatch/on_thread.hpp"
#include "core/dispatch/rebuild.hpp"
#include "core/dispatch/standings.hpp"
#include "core/dispatch/telling.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::dispatch {

using scaling::Reason;

namespace {

using namespace std::chrono_literals;

constexpr auto sweep_interval = 1h;

}  // namespace

struct Engine::Coming {
  Time received_at;
  alert::Notification notification;
  // What it says under a setup; null: nobody has looked yet.
  std::shared_ptr<const Setup> setup;
  Taken taken;
};

// Everything in here happens on the runtime's thread.
class Engine::Impl : public World, public std::enable_shared_from_this<Engine::Impl> {
 public:
  Impl(Runtime& runtime, telemetry::Metrics& metrics, std::shared_ptr<const Setup> setup,
       Store store)
      : runtime_{runtime},
        metrics_{metrics},
        setup_{std::move(setup)},
        intake_{setup_},
        ledger_{std::make_shared<Ledger>(runtime, std::move(store))},
        telling_{*this, *ledger_},
        conditions_{runtime, *ledger_},
        circuits_{runtime, metrics},
        rebuild_{*this},
        standings_{std::make_shared<SharedStandings>(runtime)},
        lanes_{*this, *ledger_} {
    announce_decisions();
  }

  Runtime& runtime() override { return runtime_; }
  telemetry::Metrics& metrics() override { return metrics_; }
  std::shared_ptr<const Setup> setup() override { return setup_; }
  bool holding() const override { return stopping_ || recovering_; }
  bool stopping() const override { return stopping_; }

  void call_began(const std::shared_ptr<const Setup>& setup) override { calls_.began(setup); }

  void call_ended(const std::shared_ptr<const Setup>& setup) override {
    calls_.ended(setup);
    if (stopping_ && calls_.none()) finish();
  }

  std::optional<plugin::Outcome> turn_away(const rules::Target& target) override {
    return circuits_.turn_away(target);
  }
  void answered(const rules::Target& target, const plugin::Outcome& outcome) override {
    circuits_.note(target, outcome);
  }

  void ask_standings(std::function<void(const upstream::Standings&)> answer) override {
    standings_->ask(*setup_, std::move(answer));
  }

  void prometheus_answered(const std::string& fault) override {
    if (std::exchange(prometheus_silent_, !fault.empty()) == !fault.empty()) return;
    if (fault.empty()) return log::info("Prometheus answers again");
    log::warn("Prometheus cannot be asked, so nothing that was resolved is taken back",
              {{"explanation", fault}});
  }

  scaling::Decision decide(Lane& lane, const scaling::Reading& reading,
                           scaling::Evidence evidence) override {
    const auto uid = lane.memory().uid;
    auto decision = conditions_.decide(lane.target(), lane.memory(), reading, evidence,
                                       lanes_.size(), setup_->config->budget);
    lanes_.note_object(lane, uid);
    return decision;
  }

  const Lane* scaled_as(const Lane& lane, const std::string& uid) const override {
    return lanes_.scaled_as(lane, uid);
  }

  std::optional<std::chrono::nanoseconds> pause_ends_in(const Lane& lane) override {
    return conditions_.pause_ends_in(lane.target());
  }

  void remember(const Lane& lane) override {
    lanes_.remember(lane);
    note_clock();
  }
  void remember(const Lane& lane, std::function<void()> then) override {
    remember(lane);
    ledger_->when_stored(std::move(then));
  }

  void changed() override { conditions_.note_change(); }

  void rests(const Lane& lane) override {
    if (lane.memory().closed.empty() && lane.memory().claims.empty())
      lanes_.drop_when_done(lane.target());
  }

  // Any thread.
  void count() { ledger_->expect(); }
  std::size_t undecided() const { return ledger_->unfinished(); }
  std::optional<std::string> waits_for() const { return rebuild_.waits_for(); }

  // Before all that is posted, so that nobody is let in before start() has run.
  void prepare(const Kept& kept) {
    if (kept.is_first && setup_->config->ack == config::Ack::applied) rebuild_.expect();
  }

  void expect(Coming& coming) {
    take(coming);
    for (const auto& [target, seen] : coming.taken.targets) lanes_.of(*target).expect(seen.alerts);
  }

  void receive(std::int64_t id, Coming& coming, const Acknowledge& acknowledge) {
    const bool when_applied = setup_->config->ack == config::Ack::applied;
    if (stopping_) {  // it is unfinished in the journal
      if (acknowledge && !when_applied) acknowledge(std::nullopt);
      return;
    }
    const auto& notification = coming.notification;
    Arrival bare;
    bare.notification = id;
    bare.received_at = coming.received_at;
    bare.external_url = notification.external_url;

    take(coming);
    auto& taken = coming.taken;
    if (!ledger_->has_begun(id)) {
      for (const auto& bad : notification.bad_alerts) telling_.unread(bare, bad);
      for (const auto& turned : taken.turned) telling_.turned(bare, turned);
    }
    if (replaying_) {  // before the last stop some of its targets may have been decided
      std::erase_if(taken.targets, [&](const auto& one) {
        return id <= lanes_.of(*one.first).memory().decided_up_to;
      });
    }
    ledger_->open(id, taken.targets.size(), when_applied ? acknowledge : nullptr);
    const bool noted = !notification.bad_alerts.empty() || !taken.turned.empty();
    if (noted && !taken.targets.empty()) ledger_->begin(id);
    for (auto& [target, seen] : taken.targets) {
      Lane& lane = lanes_.of(*target);
      Arrival arrival = bare;
      arrival.alerts = std::move(seen.alerts);
      warn_of_rare_repeats(lane.target(), lane.memory(), seen.observations);
      arrival.effects =
          scaling::observe(lane.memory(), seen.observations, observed_at(coming.received_at));
      lane.arrive(std::move(arrival));
    }
    if (acknowledge && !when_applied) acknowledge(std::nullopt);
  }

  void decided(Lane& lane, const Arrivals& arrivals, const scaling::Decision& decision) override {
    auto& decided_up_to = lane.memory().decided_up_to;
    // The last is the newest.
    if (!arrivals.empty()) {
      decided_up_to = std::max(decided_up_to, arrivals.kept().back().notification);
    }
    remember(lane);
    telling_.decided(lane.target(), arrivals, decision);
  }
  void deferred(std::int64_t notification, const std::string& fault) override {
    ledger_->defer(notification, fault);
  }
  void expired(Lane& lane, const scaling::Key& claim) override {
    telling_.expired(lane.target(), claim, lane.memory().began_at);
  }
  void without_effect(Lane& lane, const scaling::Decision& decision) override {
    telling_.without_effect(lane.target(), decision);
  }
  void troubled(Lane& lane, const Arrival& arrival, const scaling::Decision& decision) override {
    telling_.troubled(lane.target(), arrival, decision);
  }

  void recover(Kept kept) {
    recovering_ = replaying_ = true;
    ledger_->number_from(kept.last_event + 1);
    telling_.recall(std::move(kept.events));
    for (const auto& state : kept.states) {
      if (state.kind == pause_kind) conditions_.recover(state);
      if (state.kind == target_kind) lanes_.recover(state);
      if (state.kind == Ledger::begun_kind) ledger_->take_up(state);
      if (state.kind == group_kind) telling_.recall_group(state);
    }
    // Steps missed meanwhile are not made up for.
    conditions_.start();
    const auto started_at = conditions_.started_at();
    lanes_.each([&](Lane& lane) {
      for (auto& [key, claim] : lane.memory().claims) {
        claim.want.at = std::max(claim.want.at, started_at);
      }
      lanes_.reselect(lane);
      conditions_.recover(lane.memory());
    });
  }

  void start() {
    replaying_ = false;
    if (!rebuild_.waits_for()) return begin();
    rebuild_.ask([self = shared_from_this()](const Taken& firing) { self->rebuild(firing); });
  }

  void begin() {
    recovering_ = false;
    conditions_.begin(setup_->config->startup_grace);
    note_clock();
    telling_.start();
    lanes_.reconsider();
    sweep();
  }

  void pause(scaling::Pause pause) {
    conditions_.pause(std::move(pause));
    note_clock();
    lanes_.reconsider();
  }

  std::size_t resume(const std::string& target, const std::string& rule) {
    const auto ended = conditions_.resume(target, rule);
    lanes_.resume(target, rule);
    lanes_.reconsider();
    return ended;
  }

  std::vector<scaling::Pause> pauses() const { return conditions_.pauses(); }

  void configure(std::shared_ptr<const Setup> setup,
                 const std::shared_ptr<std::promise<void>>& retired) {
    setup_ = std::move(setup);
    announce_decisions();
    telling_.start();
    intake_ = Intake{setup_};
    standings_->forget();
    circuits_.forget();
    lanes_.each([&](Lane& lane) { lanes_.reselect(lane); });
    lanes_.reconsider();
    calls_.change_to(setup_, retired);
  }

  void remember_all() {
    lanes_.each([&](Lane& lane) { lanes_.remember(lane); });
    for (auto& pause : conditions_.pauses()) conditions_.pause(std::move(pause));  // in its place
    ledger_->begin_again();
    note_clock();
  }

  void stop(const std::shared_ptr<std::promise<void>>& stopped) {
    stopping_ = true;
    telling_.hurry();
    stopped_.push_back(stopped);
    if (calls_.none()) finish();
  }

 private:
  void announce_decisions() {
    const auto announce = [&](const std::string& scaler) {
      for (int index = 0; index < scaling::reason_count; ++index) {
        metrics_.decision_reason(scaler, to_text(static_cast<Reason>(index)));
      }
    };
    announce("");  // of alerts that mean no workload
    for (const auto& [name, scaler] : setup_->scalers) announce(name);
  }

  // Anew if the setup is another one by now.
  void take(Coming& coming) {
    if (coming.setup == setup_) return;
    auto alerts = std::move(coming.notification.alerts);
    for (auto& [target, seen] : coming.taken.targets) {
      std::move(seen.alerts.begin(), seen.alerts.end(), std::back_inserter(alerts));
    }
    for (auto& turned : coming.taken.turned) alerts.push_back(std::move(turned.alert));
    coming.taken = intake_.take(std::move(alerts));
    coming.setup = setup_;
  }

  // Claims of what fires, where nothing is remembered; then begins.
  void rebuild(const Taken& firing) {
    for (const auto& [target, seen] : firing.targets) {
      Lane& lane = lanes_.of(*target);
      for (const auto& one : seen.observations) {
        scaling::rebuild(lane.memory(), one, runtime_.moment());
      }
      remember(lane);
    }
    begin();
  }

  // Nothing runs any more.
  void finish() {
    ledger_->flush();
    for (auto& promise : std::exchange(stopped_, {})) promise->set_value();
  }

  // What is taken up again at the start was seen before it, and confirms nothing since.
  scaling::Moment observed_at(Time received_at) const {
    const auto now = runtime_.moment();
    if (!replaying_) return now;
    const std::chrono::nanoseconds ago = std::max(runtime_.now() - received_at, Time::duration{0});
    return std::min(now - ago, conditions_.started_at() - 1ns);
  }

  // Forgets pauses that have ended, and lanes that nothing has happened to for so long that nothing
  // is remembered.
  void sweep() {
    conditions_.forget_ended_pauses();
    lanes_.drop_all_done();
    runtime_.after(sweep_interval, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->sweep();
    });
  }

  // By it the next engine knows that there is nothing to rebuild.
  void note_clock() {
    if (recovering_) return;
    ledger_->note(journal::State{clock_kind, "", to_json(runtime_.anchor())});
  }

  Runtime& runtime_;
  telemetry::Metrics& metrics_;
  std::shared_ptr<const Setup> setup_;
  Intake intake_;
  const std::shared_ptr<Ledger> ledger_;
  Telling telling_;
  bool prometheus_silent_ = false;  // when it was last asked
  bool recovering_ = false;         // nothing is decided yet
  bool replaying_ = false;          // what was received before the last stop is received again
  bool stopping_ = false;
  Conditions conditions_;
  Circuits circuits_;
  Rebuild rebuild_;
  std::shared_ptr<SharedStandings> standings_;
  Lanes lanes_;
  Calls calls_;
  std::vector<Calls::Promise> stopped_;
};

Engine::Engine(Runtime& runtime, telemetry::Metrics& metrics, std::shared_ptr<const Setup> setup,
               Store store)
    : impl_{std::make_shared<Impl>(runtime, metrics, std::move(setup), std::move(store))} {}

Engine::~Engine() = default;

std::size_t Engine::undecided() const { return impl_->undecided(); }

std::optional<std::string> Engine::waits_for() const { return impl_->waits_for(); }

std::shared_ptr<Engine::Coming> Engine::coming(Time received_at, alert::Notification notification) {
  return std::make_shared<Coming>(Coming{received_at, std::move(notification), nullptr, {}});
}

void Engine::expect(std::shared_ptr<Coming> coming) {
  impl_->runtime().post([impl = impl_, coming = std::move(coming)] { impl->expect(*coming); });
}

void Engine::receive(std::int64_t id, std::shared_ptr<Coming> coming, Acknowledge acknowledge) {
  impl_->count();
  impl_->runtime().post(
      [impl = impl_, id, coming = std::move(coming), acknowledge = std::move(acknowledge)] {
        impl->receive(id, *coming, acknowledge);
      });
}

void Engine::recover(Kept kept) {
  impl_->prepare(kept);
  impl_->runtime().post(
      [impl = impl_, kept = std::move(kept)]() mutable { impl->recover(std::move(kept)); });
}

void Engine::start() {
  impl_->runtime().post([impl = impl_] { impl->start(); });
}

std::future<void> Engine::pause(scaling::Pause pause) {
  return on_thread(impl_->runtime(),
                   [impl = impl_, pause = std::move(pause)] { impl->pause(pause); });
}

std::future<std::size_t> Engine::resume(std::string target, std::string rule) {
  return on_thread(impl_->runtime(),
                   [impl = impl_, target = std::move(target), rule = std::move(rule)] {
                     return impl->resume(target, rule);
                   });
}

std::future<std::vector<scaling::Pause>> Engine::pauses() {
  return on_thread(impl_->runtime(), [impl = impl_] { return impl->pauses(); });
}

std::future<std::vector<std::string>> Engine::rules() {
  return on_thread(impl_->runtime(), [impl = impl_] {
    std::vector<std::string> names;
    for (const auto& rule : impl->setup()->config->rules) names.push_back(rule.selection.name);
    return names;
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

void Engine::remember_all() {
  impl_->runtime().post([impl = impl_] { impl->remember_all(); });
}

std::future<void> Engine::stop() {
  auto promise = std::make_shared<std::promise<void>>();
  auto future = promise->get_future();
  impl_->runtime().post([impl = impl_, promise] { impl->stop(promise); });
  return future;
}

}  // namespace scalehook::dispatch
