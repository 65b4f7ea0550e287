#include "core/dispatch/lane.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/dispatch/breaker.hpp"
#include "core/dispatch/due.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::dispatch {
namespace {

using namespace std::chrono_literals;
using plugin::Status;
using scaling::Reason;

constexpr std::chrono::milliseconds call_limit = 10s;
constexpr std::chrono::nanoseconds first_delay = 500ms;
constexpr std::chrono::nanoseconds longest_delay = 30s;
constexpr std::chrono::nanoseconds conflict_delay = 20ms;
constexpr std::chrono::milliseconds longest_retry_after = 5min;  // a server may say days
constexpr std::chrono::nanoseconds look_again_delay = 1min;
// Of one target, after the first ten.
constexpr std::chrono::nanoseconds pace_interval = 250ms;
constexpr std::chrono::nanoseconds most_ahead = 10 * pace_interval;
// How old a reading may be that was begun ahead of its decision.
constexpr std::chrono::nanoseconds ahead_limit = 1s;
constexpr std::chrono::nanoseconds least_delay = 100ms;  // a timer may be a little early
constexpr int most_conflicts = 5;
constexpr int faults_until_told = 5;

// Exponential with full jitter, so that many targets of one dead API server do not come back at
// once.
std::chrono::nanoseconds backoff(int faults, double chance) {
  const double most = static_cast<double>(longest_delay.count());
  const double delay = static_cast<double>(first_delay.count()) * std::pow(2.0, faults - 1);
  return std::chrono::nanoseconds{static_cast<std::int64_t>(chance * std::min(delay, most))};
}

Reason reason_of(const plugin::Outcome& outcome) {
  switch (outcome.status) {
    case Status::not_found:
      return Reason::not_found;
    case Status::refused: {
      const auto known = scaling::parse_reason(outcome.code);
      return known && kind_of(*known) == "refused" ? *known : Reason::refused_by_cluster;
    }
    case Status::denied:
    case Status::invalid:
      return Reason::refused_by_cluster;
    default:
      return Reason::failed;
  }
}

// Whether the answer to a write says for certain that it was not made.
bool leaves_undone(Status status) {
  switch (status) {
    case Status::conflict:
    case Status::denied:
    case Status::invalid:
    case Status::refused:
    case Status::not_found:
      return true;
    default:
      return false;
  }
}

// Whether a restore goes on by itself. It may change between these every `refresh`, for days.
bool only_waits(Reason reason) {
  return reason == Reason::stabilizing || reason == Reason::cooldown ||
         reason == Reason::rate_limited || reason == Reason::load_remains ||
         reason == Reason::no_evidence;
}

// A conflict comes here when there were many in a row: who writes all the time may stop.
bool passes(Status status) {
  return status == Status::retry || status == Status::cancelled || status == Status::conflict;
}

// What a plugin may ask about, which is asked for at each try: not all that waits.
std::vector<Arrival> newest(const Arrivals& older, const Arrivals& newer) {
  std::vector<Arrival> arrivals;
  const auto take = [&](const std::vector<Arrival>& from) {
    const auto left = static_cast<std::ptrdiff_t>(Arrivals::most_whole) - std::ssize(arrivals);
    const auto count = std::min(left, std::ssize(from));
    arrivals.insert(arrivals.begin(), from.end() - count, from.end());
  };
  take(newer.kept());
  take(older.kept());
  return arrivals;
}

plugin::Outcome is_scaled_as(const rules::Target& other) {
  return {Status::refused, std::string{scaling::to_text(Reason::same_object)},
          "it is the object that \"" + rules::to_text(other) +
              "\" names, by which it is being scaled; let all rules and alerts name it alike",
          std::nullopt};
}

scaling::Reading to_reading(const plugin::ReadAnswer& answer) {
  scaling::Reading reading;
  reading.replicas = answer.replicas.value_or(0);
  reading.ready = answer.ready;
  reading.max = answer.max;
  reading.uid = answer.uid;
  reading.hold = answer.hold;
  reading.hold_explanation = answer.outcome.explanation.empty() ? "the target asks not to be moved"
                                                                : answer.outcome.explanation;
  return reading;
}

}  // namespace

Lane::Lane(World& world, rules::Target target, scaling::Memory memory)
    : world_{world}, target_{std::move(target)}, memory_{std::move(memory)} {}

bool Lane::has_work() const {
  const auto& closed = memory_.closed;
  return !waiting_.empty() || !memory_.claims.empty() || memory_.obligation ||
         std::any_of(closed.begin(), closed.end(),
                     [](const auto& entry) { return entry.second.replay.has_value(); });
}

bool Lane::done() {
  const bool reads = ahead_ && !ahead_->answer;
  return state_ == State::idle && !reads && waiting_.empty() && !reconsider_ &&
         scaling::forget_old(memory_, world_.runtime().moment());
}

void Lane::expect(const std::vector<alert::Alert>& alerts) {
  const auto now = world_.runtime().moment();
  const auto setup = world_.setup();
  if (state_ != State::idle || paced_until_ > now + most_ahead || has_ahead()) return;
  if (world_.holding() || !setup->scalers.contains(target_.scaler)) return;
  if (world_.turn_away(target_)) return;
  Arrival coming;
  coming.alerts = alerts;
  ahead_ = Ahead{setup, now, std::nullopt};
  ask({std::move(coming)}, [this, now](const plugin::ReadAnswer& answer) {
    if (!ahead_ || ahead_->begun_at != now) return;
    ahead_->answer = answer;
    if (state_ == State::reading) read(*std::exchange(ahead_, {})->answer);
  });
}

bool Lane::has_ahead() const {
  if (!ahead_ || ahead_->setup.lock() != world_.setup()) return false;
  // What has not answered yet is not asked once more.
  return !ahead_->answer || world_.runtime().moment() - ahead_->begun_at < ahead_limit;
}

void Lane::arrive(Arrival arrival) {
  if (state_ == State::backing_off && faults_ > 0) world_.deferred(arrival.notification, fault_);
  waiting_.add(std::move(arrival));
  const bool rests = state_ == State::idle || state_ == State::pacing;
  if (rests && !waiting_.only_repeat()) return begin();
  if (state_ == State::idle) pace();
}

void Lane::reconsider() {
  reconsider_ = true;
  if (state_ == State::idle || state_ == State::pacing) begin();
}

void Lane::begin() {
  if (world_.holding()) {
    state_ = State::idle;
    return;
  }
  reconsider_ = false;
  if (!has_ahead()) {
    ahead_.reset();
    if (const auto away = world_.turn_away(target_)) return fault("read", *away, {});
  }
  const auto now = world_.runtime().moment();
  const auto due = next_confirmation(memory_, world_.setup()->upstream, asked_at_);
  const auto asked_at = asked_at_;
  if (due && *due <= now) asked_at_ = now;
  state_ = State::asking;
  // With a reading ahead it may end in a decision at once.
  inquire(world_, memory_, asked_at,
          [self = shared_from_this()](Findings findings) { self->found(std::move(findings)); });
}

void Lane::found(Findings findings) {
  // What a value was found to be holds until it is asked for again.
  if (!findings.values_asked && !memory_.claims.empty()) {
    findings.ambiguous = findings_.ambiguous;
  }
  findings_ = std::move(findings);
  for (const auto& claim : findings_.expired) world_.expired(*this, claim);
  read_target();
}

void Lane::read_target() {
  if (!world_.setup()->scalers.contains(target_.scaler)) {
    scaling::Decision decision;
    decision.run = memory_.began_at;
    decision.reason = Reason::no_target;
    decision.detail = "scaler \"" + target_.scaler + "\" is no longer configured";
    if (deciding_.empty()) std::swap(deciding_, waiting_);
    return conclude(decision);
  }
  state_ = State::reading;
  if (!has_ahead()) {
    ahead_.reset();
    return ask(newest(deciding_, waiting_), [this](const auto& answer) { read(answer); });
  }
  if (ahead_->answer) read(*std::exchange(ahead_, {})->answer);
}

void Lane::ask(const std::vector<Arrival>& arrivals,
               std::function<void(const plugin::ReadAnswer&)> use) {
  auto setup = world_.setup();
  world_.call_began(setup);
  setup->scalers.find(target_.scaler)
      ->second.read(target_.fields, input(target_, arrivals, nullptr), call_limit,
                    [self = shared_from_this(), setup,
                     use = std::move(use)](const plugin::ReadAnswer& answer) {
                      self->world_.runtime().post([self, setup, use, answer] {
                        self->world_.answered(self->target_, answer.outcome);
                        use(answer);
                        self->world_.call_ended(setup);
                      });
                    });
}

void Lane::read(const plugin::ReadAnswer& answer) {
  if (answer.outcome.status != Status::ok) return fault("read", answer.outcome, {});
  const auto reading = to_reading(answer);
  if (const auto made = scaling::settle_intent(memory_, reading)) {
    world_.changed();
    if (!deciding_.empty()) return conclude(*made);
    // Nobody asked for it: what has come since is not what it is about.
    world_.decided(*this, {}, *made);
    told_ = {made->reason, made->to, made->rule()};
  }
  if (const auto* other = world_.scaled_as(*this, answer.uid)) {
    return fault("read", is_scaled_as(other->target()), {});
  }
  if (needs_evidence(memory_, world_.setup()->upstream, findings_)) return begin();
  deciding_.add(std::exchange(waiting_, {}));
  auto decision = world_.decide(*this, reading, findings_.evidence);
  if (findings_.ambiguous && decision.reason == Reason::no_change) {
    decision.reason = Reason::ambiguous;
  }
  if (!findings_.fault.empty() &&
      (decision.reason == Reason::no_evidence || decision.reason == Reason::bad_value)) {
    decision.note = "Prometheus could not be asked: " + findings_.fault;
  }
  if (decision.tells_without_effect) world_.without_effect(*this, decision);
  if (!decision.to) return conclude(decision);
  if (decision.behavior->dry_run) return write(decision, answer.version);
  // Should we be killed before its outcome is kept, the next reading tells whether it was made.
  memory_.intent = scaling::intend(decision, world_.runtime().moment());
  state_ = State::committing;
  world_.remember(*this, [self = shared_from_this(), decision, version = answer.version] {
    self->write(decision, version);
  });
}

void Lane::write(const scaling::Decision& decision, const std::string& version) {
  auto setup = world_.setup();
  const auto scaler = setup->scalers.find(target_.scaler);
  // Something may have changed while its intent was stored.
  if (scaler == setup->scalers.end() || world_.stopping() || reconsider_) {
    // Should the next reading show that count, it was another's doing.
    memory_.intent.reset();
    world_.remember(*this);
    return begin();
  }
  state_ = State::writing;
  world_.call_began(setup);
  scaler->second.write(
      target_.fields, *decision.to, version, decision.behavior->dry_run,
      input(target_, newest(deciding_, {}), &decision), call_limit,
      [self = shared_from_this(), setup, decision](plugin::WriteAnswer answer) {
        self->world_.runtime().post([self, setup, decision, answer = std::move(answer)] {
          self->world_.answered(self->target_, answer.outcome);
          self->written(decision, answer);
          self->world_.call_ended(setup);
        });
      });
}

void Lane::written(const scaling::Decision& decision, const plugin::WriteAnswer& answer) {
  const auto& outcome = answer.outcome;
  if (outcome.status == Status::ok && answer.replicas.value_or(*decision.to) == *decision.from &&
      decision.to != decision.from) {
    memory_.intent.reset();
    world_.remember(*this);
    return fault("write", {Status::refused, outcome.code, outcome.explanation, {}}, decision);
  }
  if (outcome.status == Status::ok) {
    auto made = decision;
    made.to = answer.replicas.value_or(*decision.to);
    made.note = outcome.explanation;
    return apply(made);
  }
  if (leaves_undone(outcome.status)) {
    // Should the next reading show that count, it was another's doing.
    memory_.intent.reset();
    world_.remember(*this);
  }
  if (outcome.status == Status::conflict && ++conflicts_ < most_conflicts) {
    // Another writer was quicker: read and decide again.
    const auto jitter = static_cast<std::int64_t>(world_.runtime().chance() *
                                                  static_cast<double>(conflict_delay.count()));
    return back_off(std::chrono::nanoseconds{jitter});
  }
  fault("write", outcome, decision);
}

void Lane::apply(const scaling::Decision& decision) {
  auto done = decision;
  const bool dry_run = decision.behavior->dry_run;
  if (dry_run) done.reason = Reason::dry_run;
  scaling::landed(memory_, decision, dry_run, world_.runtime().moment());
  if (!dry_run) world_.changed();
  conclude(done);
}

void Lane::fault(const char* call, const plugin::Outcome& outcome, scaling::Decision decision) {
  if (!decision.run) decision.run = memory_.began_at;
  decision.to.reset();
  decision.move = scaling::Move::none;
  decision.reason = passes(outcome.status) ? Reason::failed : reason_of(outcome);
  decision.detail = std::string{call} + ": " + outcome.explanation;
  if (decision.wanted) {
    decision.detail += " (" + std::to_string(decision.from.value_or(0)) + " to " +
                       std::to_string(*decision.wanted) + ")";
  }
  if (!passes(outcome.status)) {
    // What waited has not been decided either, if it could not even be read.
    if (!decision.from && deciding_.empty()) std::swap(deciding_, waiting_);
    return conclude(decision);
  }

  ++faults_;
  conflicts_ = 0;
  if (faults_ == faults_until_told && (!waiting_.empty() || !deciding_.empty())) {
    decision.detail += "; scalehook goes on trying";
    world_.troubled(*this, (waiting_.empty() ? deciding_ : waiting_).kept().back(), decision);
  }
  fault_ = rules::to_text(target_) + ": " + decision.detail;
  for (const auto* arrivals : {&deciding_, &waiting_}) {
    for (const auto& arrival : arrivals->kept()) world_.deferred(arrival.notification, fault_);
    for (const auto repeat : arrivals->repeats().notifications) world_.deferred(repeat, fault_);
  }
  auto delay = backoff(faults_, world_.runtime().chance());
  if (outcome.retry_after) delay += std::min(*outcome.retry_after, longest_retry_after);
  if (faults_ == 1 && outcome.code != Breaker::open_code) {
    log::warn("target cannot be scaled now, trying again",
              {{"target", rules::to_text(target_)}, {"explanation", decision.detail}});
  }
  back_off(delay);
}

void Lane::back_off(std::chrono::nanoseconds delay) {
  state_ = State::backing_off;
  world_.runtime().after(delay, [self = shared_from_this()] { self->begin(); });
}

// In a storm of repeats the API server is not asked as often as it answers.
void Lane::pace() {
  const auto now = world_.runtime().moment();
  if (paced_until_ <= now + most_ahead) {
    paced_until_ = std::max(paced_until_, now) + pace_interval;
    return begin();
  }
  state_ = State::pacing;
  world_.runtime().after(paced_until_ - now - most_ahead,
                         [self = shared_from_this(), its = ++paces_] {
                           if (self->state_ == State::pacing && self->paces_ == its) self->pace();
                         });
}

void Lane::conclude(const scaling::Decision& decision) {
  state_ = State::idle;
  faults_ = 0;
  conflicts_ = 0;
  // What is gone cannot be restored.
  if (decision.reason == Reason::not_found) scaling::end_run(memory_);
  const bool tell = !deciding_.empty() || is_news(decision);
  told_ = {decision.reason, decision.to, decision.rule()};
  if (is_change(decision.reason)) told_waits_.clear();
  if (only_waits(decision.reason)) told_waits_.insert(decision.reason);
  if (tell) world_.decided(*this, std::exchange(deciding_, {}), decision);
  if (reconsider_ || !waiting_.only_repeat()) return begin();
  if (!waiting_.empty()) return pace();
  wake_later(decision);
  world_.rests(*this);
}

bool Lane::is_news(const scaling::Decision& decision) const {
  if (is_change(decision.reason)) return true;
  if (decision.reason == Reason::no_change) return false;
  if (decision.reason == Reason::no_effect) return false;  // told when it was found
  if (only_waits(decision.reason)) return !told_waits_.contains(decision.reason);
  return !told_ || told_->reason != decision.reason || told_->to != decision.to ||
         told_->rule != decision.rule();
}

void Lane::wake_later(const scaling::Decision& decision) {
  const auto now = world_.runtime().moment();
  auto at = decision.wake_at;
  const auto consider = [&](std::optional<scaling::Moment> other) {
    if (other) at = std::min(at.value_or(*other), *other);
  };
  // Others may change the target meanwhile, and an obstacle may go by itself.
  if (!memory_.claims.empty() || memory_.obligation) {
    const auto jitter = static_cast<std::int64_t>(
        world_.runtime().chance() * static_cast<double>(look_again_delay.count()) / 4);
    consider(now + look_again_delay + std::chrono::nanoseconds{jitter});
  }
  const auto& upstream = world_.setup()->upstream;
  if (!upstream.alerts) consider(scaling::next_expiry(memory_));
  consider(next_inquiry(memory_, upstream, asked_at_));
  if (has_work()) {
    if (const auto end = world_.pause_ends_in(*this)) consider(now + *end);
  }
  if (!at) {
    wake_at_.reset();
    return;
  }
  // What has to be done later is not done by an earlier timer: each knows its own time.
  wake_at_ = std::max(*at, now + least_delay);
  world_.runtime().after(*wake_at_ - now, [self = shared_from_this(), its = *wake_at_] {
    if (self->wake_at_ != its) return;
    self->wake_at_.reset();
    self->reconsider();
  });
}

}  // namespace scalehook::dispatch
