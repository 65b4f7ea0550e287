#include "core/dispatch/outbox.hpp"

#include <algorithm>
#include <utility>

#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::dispatch {
namespace {

using namespace std::chrono_literals;
using plugin::Status;

constexpr std::size_t most_waiting = 10'000;
constexpr std::size_t most_bytes = 32 * 1024 * 1024;
constexpr int most_attempts = 6;
constexpr std::chrono::milliseconds call_limit = 30s;
constexpr std::chrono::nanoseconds first_delay = 1s;
constexpr std::chrono::nanoseconds longest_retry_after = 5min;

}  // namespace

Outbox::Outbox(World& world, std::string notifier)
    : world_{world}, notifier_{std::move(notifier)} {}

void Outbox::tell(std::string_view kind, std::string event, plugin::Input input) {
  const auto setup = world_.setup();
  const auto notifier = setup->notifiers.find(notifier_);
  if (notifier == setup->notifiers.end()) return;
  const auto& wanted = notifier->second.events;
  if (!wanted.empty() && !wanted.contains(std::string{kind})) return;
  // Not the first while it is being delivered.
  const std::size_t first = state_ == State::idle ? 0 : 1;
  while (waiting_.size() > first &&
         (waiting_.size() >= most_waiting || bytes_ + event.size() > most_bytes)) {
    bytes_ -= waiting_[first].event.size();
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(first));
    drop();
  }
  bytes_ += event.size();
  waiting_.push_back({std::move(event), std::move(input)});
  if (state_ == State::idle) next();
}

void Outbox::hurry() {
  if (state_ == State::backing_off) next();
}

void Outbox::drop() { world_.metrics().notifier_event(notifier_, telemetry::Delivery::dropped); }

void Outbox::forget_first() {
  bytes_ -= waiting_.front().event.size();
  waiting_.pop_front();
}

void Outbox::next() {
  auto setup = world_.setup();
  const auto notifier = setup->notifiers.find(notifier_);
  if (notifier == setup->notifiers.end()) {  // it is no longer configured
    attempts_ = 0;
    for (; !waiting_.empty(); forget_first()) drop();
  }
  state_ = waiting_.empty() ? State::idle : State::delivering;
  if (state_ == State::idle) return;
  world_.call_began(setup);
  notifier->second.notify(waiting_.front().event, waiting_.front().input, call_limit,
                          [self = shared_from_this(), setup](const plugin::Outcome& outcome) {
                            self->world_.runtime().post([self, setup, outcome] {
                              self->delivered(outcome);
                              self->world_.call_ended(setup);
                            });
                          });
}

void Outbox::delivered(const plugin::Outcome& outcome) {
  ++attempts_;
  const bool again = outcome.status == Status::retry || outcome.status == Status::cancelled;
  if (again && attempts_ < most_attempts && !world_.stopping()) {
    auto delay = first_delay * (1 << (attempts_ - 1));
    if (outcome.retry_after) {
      delay += std::min<std::chrono::nanoseconds>(*outcome.retry_after, longest_retry_after);
    }
    if (attempts_ == 1) {
      log::warn("notifier does not take an event now, trying again",
                {{"notifier", notifier_}, {"explanation", outcome.explanation}});
    }
    state_ = State::backing_off;
    world_.runtime().after(delay, [self = shared_from_this()] { self->hurry(); });
    return;
  }
  if (outcome.status == Status::ok) {
    world_.metrics().notifier_event(notifier_, telemetry::Delivery::delivered);
  } else {
    world_.metrics().notifier_event(notifier_, telemetry::Delivery::failed);
    log::warn("notification not delivered", {{"notifier", notifier_},
                                             {"status", plugin::to_text(outcome.status)},
                                             {"attempts", attempts_},
                                             {"explanation", outcome.explanation}});
  }
  attempts_ = 0;
  forget_first();
  next();
}

}  // namespace scalehook::dispatch
