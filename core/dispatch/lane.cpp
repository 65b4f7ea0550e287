#include "core/dispatch/lane.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

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
constexpr int most_conflicts = 5;
constexpr std::ptrdiff_t most_waiting_whole = 16;
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

bool passes(Status status) { return status == Status::retry || status == Status::cancelled; }

// What another notification would not be needed for: the obstacle may go by itself.
bool may_pass(Reason reason) {
  switch (reason) {
    case Reason::failed:
    case Reason::refused_by_cluster:
    case Reason::not_found:
    case Reason::hpa_owns:
    case Reason::owner_unknown:
    case Reason::paused:
    case Reason::zero:
      return true;
    default:
      return false;
  }
}

// The memory has taken old arrivals in; all that is left to do for them is to record them. So what
// waits for a dead server stays small.
void strip_old(std::vector<Arrival>& arrivals) {
  if (std::ssize(arrivals) <= most_waiting_whole) return;
  for (auto old = arrivals.end() - most_waiting_whole; old != arrivals.begin();) {
    --old;
    if (old->alerts.empty()) return;  // and so are those before it
    old->alerts = {};
    old->effects = {};
  }
}

}  // namespace

Lane::Lane(World& world, rules::Target target) : world_{world}, target_{std::move(target)} {}

bool Lane::done() const {
  return state_ == State::idle && waiting_.empty() && !reconsider_ && memory_.claims.empty() &&
         !memory_.obligation;
}

void Lane::arrive(Arrival arrival) {
  waiting_.push_back(std::move(arrival));
  strip_old(waiting_);
  if (state_ == State::idle) begin();
}

void Lane::reconsider() {
  reconsider_ = true;
  if (state_ == State::idle) begin();
}

void Lane::begin() {
  if (world_.stopping()) {
    state_ = State::idle;
    return;
  }
  reconsider_ = false;
  auto setup = world_.setup();
  const auto scaler = setup->scalers.find(target_.scaler);
  if (scaler == setup->scalers.end()) {
    scaling::Decision decision;
    decision.reason = Reason::no_target;
    decision.explanation = "scaler \"" + target_.scaler + "\" is no longer configured";
    return conclude(decision);
  }
  state_ = State::reading;
  auto arrivals = deciding_;
  arrivals.insert(arrivals.end(), waiting_.begin(), waiting_.end());
  world_.call_began(setup);
  scaler->second.read(target_.fields, input(target_, arrivals, nullptr), call_limit,
                      [self = shared_from_this(), setup](const plugin::ReadAnswer& answer) {
                        self->world_.runtime().post([self, setup, answer] {
                          self->read(answer);
                          self->world_.call_ended(setup);
                        });
                      });
}

bool Lane::was_applied(const plugin::ReadAnswer& answer) const {
  return unsure_ && answer.replicas == unsure_->to &&
         (answer.uid.empty() || answer.uid == memory_.uid);
}

void Lane::read(const plugin::ReadAnswer& answer) {
  if (answer.outcome.status != Status::ok) return fault("read", answer.outcome, {});
  if (was_applied(answer)) {
    const auto decision = *unsure_;
    if (!deciding_.empty()) return apply(decision);
    // It was told as failed already; what was done is still ours to undo.
    scaling::landed(memory_, decision, false, world_.runtime().now());
  }
  unsure_.reset();
  std::move(waiting_.begin(), waiting_.end(), std::back_inserter(deciding_));
  waiting_.clear();
  strip_old(deciding_);

  scaling::Reading reading;
  reading.replicas = answer.replicas;
  reading.ready = answer.ready;
  reading.max = answer.max;
  reading.uid = answer.uid;
  reading.hold = answer.hold;
  reading.hold_explanation = answer.outcome.explanation.empty() ? "the target asks not to be moved"
                                                                : answer.outcome.explanation;
  const auto decision = scaling::decide(memory_, reading, world_.runtime().now());
  if (!decision.to) return conclude(decision);
  write(decision, answer.version);
}

void Lane::write(const scaling::Decision& decision, const std::string& version) {
  auto setup = world_.setup();
  const auto scaler = setup->scalers.find(target_.scaler);
  if (scaler == setup->scalers.end() || world_.stopping()) return begin();
  state_ = State::writing;
  world_.call_began(setup);
  scaler->second.write(
      target_.fields, *decision.to, version, decision.behavior->dry_run,
      input(target_, deciding_, &decision), call_limit,
      [self = shared_from_this(), setup, decision](plugin::WriteAnswer answer) {
        self->world_.runtime().post([self, setup, decision, answer = std::move(answer)] {
          self->written(decision, answer);
          self->world_.call_ended(setup);
        });
      });
}

void Lane::written(const scaling::Decision& decision, const plugin::WriteAnswer& answer) {
  const auto& outcome = answer.outcome;
  if (outcome.status == Status::ok) {
    auto made = decision;
    if (!outcome.explanation.empty()) made.explanation += "; " + outcome.explanation;
    return apply(made);
  }
  if (outcome.status == Status::conflict && ++conflicts_ < most_conflicts) {
    // Another writer was quicker: read and decide again.
    const auto jitter = static_cast<std::int64_t>(world_.runtime().chance() *
                                                  static_cast<double>(conflict_delay.count()));
    return back_off(std::chrono::nanoseconds{jitter});
  }
  if (outcome.status != Status::conflict && !decision.behavior->dry_run) unsure_ = decision;
  fault("write", outcome, decision);
}

void Lane::apply(const scaling::Decision& decision) {
  unsure_.reset();
  auto done = decision;
  const bool dry_run = decision.behavior->dry_run;
  if (dry_run) done.reason = Reason::dry_run;
  scaling::landed(memory_, decision, dry_run, world_.runtime().now());
  conclude(done);
}

void Lane::fault(const char* call, const plugin::Outcome& outcome, scaling::Decision decision) {
  decision.to.reset();
  decision.move = scaling::Move::none;
  decision.reason = passes(outcome.status) ? Reason::failed : reason_of(outcome);
  decision.explanation = std::string{call} + ": " + outcome.explanation;
  if (decision.wanted) {
    decision.explanation += " (" + std::to_string(decision.from.value_or(0)) + " to " +
                            std::to_string(*decision.wanted) + ")";
  }
  if (!passes(outcome.status)) return conclude(decision);

  ++faults_;
  if (faults_ == faults_until_told && (!waiting_.empty() || !deciding_.empty())) {
    decision.explanation += "; scalehook goes on trying";
    world_.troubled(*this, waiting_.empty() ? deciding_.back() : waiting_.back(), decision);
  }
  auto delay = backoff(faults_, world_.runtime().chance());
  if (outcome.retry_after) delay += std::min(*outcome.retry_after, longest_retry_after);
  if (faults_ == 1) {
    log::warn("target cannot be scaled now, trying again",
              {{"target", rules::to_text(target_)}, {"explanation", decision.explanation}});
  }
  back_off(delay);
}

void Lane::back_off(std::chrono::nanoseconds delay) {
  state_ = State::backing_off;
  world_.runtime().after(delay, [self = shared_from_this()] { self->begin(); });
}

void Lane::conclude(const scaling::Decision& decision) {
  state_ = State::idle;
  faults_ = 0;
  conflicts_ = 0;
  // A fault of the read leaves what waited undecided: it is what this conclusion is about.
  if (deciding_.empty()) deciding_.swap(waiting_);
  // What is gone cannot be restored.
  if (decision.reason == Reason::not_found) scaling::end_run(memory_);
  world_.decided(*this, std::exchange(deciding_, {}), decision);
  look_again(decision.reason);
  if (state_ == State::idle && (reconsider_ || !waiting_.empty())) begin();
}

void Lane::look_again(Reason reason) {
  if (looks_again_ || !may_pass(reason) || (memory_.claims.empty() && !memory_.obligation)) return;
  looks_again_ = true;
  const auto jitter = static_cast<std::int64_t>(world_.runtime().chance() *
                                                static_cast<double>(look_again_delay.count()) / 4);
  world_.runtime().after(look_again_delay + std::chrono::nanoseconds{jitter},
                         [self = shared_from_this()] {
                           self->looks_again_ = false;
                           self->reconsider();
                         });
}

}  // namespace scalehook::dispatch
