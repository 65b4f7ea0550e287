#include "core/dispatch/outbox.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <utility>

#include "core/dispatch/record.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::dispatch {
namespace {

using namespace std::chrono_literals;
using plugin::Status;

constexpr std::size_t most_waiting = 10'000;
constexpr std::size_t most_bytes = 32 * 1024 * 1024;
constexpr std::size_t most_group_bytes = 4 * 1024 * 1024;
constexpr std::chrono::milliseconds call_limit = 30s;
constexpr std::chrono::nanoseconds first_delay = 1s;
constexpr std::chrono::nanoseconds longest_delay = 1min;
constexpr std::chrono::nanoseconds longest_retry_after = 5min;
constexpr std::chrono::nanoseconds patience = 30min;

}  // namespace

Outbox::Outbox(World& world, Ledger& ledger, std::string notifier)
    : world_{world}, ledger_{ledger}, notifier_{std::move(notifier)} {}

void Outbox::tell(const boost::json::object& event) {
  const auto setup = world_.setup();
  const auto notifier = setup->notifiers.find(notifier_);
  if (notifier == setup->notifiers.end()) return;
  const auto& wanted = notifier->second.events;
  if (!wanted.empty() && !wanted.contains(std::string{event.at("kind").as_string()})) return;
  std::string text = boost::json::serialize(event);
  while (!waiting_.empty() &&
         (waiting_.size() >= most_waiting || bytes_ + text.size() > most_bytes)) {
    // Not those that are being delivered.
    const std::size_t oldest = state_ == State::delivering ? group_ : 0;
    if (waiting_.size() <= oldest) break;
    drop(oldest);
  }
  const auto number = ledger_.note(notifier_, text);
  recall(number, std::move(text));
  waiting_.back().stored = false;
  ledger_.when_stored([self = shared_from_this(), number] { self->stored(number); });
  if (world_.stopping()) start();
}

void Outbox::stored(std::int64_t number) {
  // The numbers rise.
  const auto place =
      std::lower_bound(waiting_.begin(), waiting_.end(), number,
                       [](const Told& told, std::int64_t sought) { return told.number < sought; });
  if (place != waiting_.end() && place->number == number) place->stored = true;
  start();
}

void Outbox::recall(std::int64_t number, std::string event) {
  bytes_ += event.size();
  waiting_.push_back({number, std::move(event), world_.runtime().moment()});
  measure();
}

void Outbox::recall_group(const journal::State& group) {
  std::int64_t last = 0;
  std::from_chars(group.json.data(), group.json.data() + group.json.size(), last);
  while (group_ < std::min(waiting_.size(), plugin::most_in_group) &&
         waiting_[group_].number <= last) {
    ++group_;
  }
}

void Outbox::note_group() {
  ledger_.note(journal::State{group_kind, notifier_, std::to_string(waiting_[group_ - 1].number)});
}

void Outbox::start() {
  if (state_ == State::idle || state_ == State::gathering) next();
}

void Outbox::hurry() {
  if (state_ != State::delivering) next();
}

void Outbox::measure() { world_.metrics().notifier_queue(notifier_, waiting_.size()); }

void Outbox::drop(std::size_t index) {
  const auto place = waiting_.begin() + static_cast<std::ptrdiff_t>(index);
  ledger_.note_undelivered(place->number, "newer events needed its place, for too many wait");
  world_.metrics().notifier_event(notifier_, telemetry::Delivery::dropped);
  bytes_ -= place->event.size();
  waiting_.erase(place);
  if (index == 0) attempts_ = 0;
  if (index < group_) group_ = 0;
  if (index < alone_) --alone_;
  measure();
}

void Outbox::forget(std::size_t count) {
  alone_ -= std::min(alone_, count);
  for (; count > 0; --count) {
    bytes_ -= waiting_.front().event.size();
    waiting_.pop_front();
  }
  group_ = 0;
  attempts_ = 0;
  measure();
}

void Outbox::give_up(std::size_t count, const std::string& explanation) {
  for (std::size_t index = 0; index < count; ++index) {
    ledger_.note_undelivered(waiting_[index].number, explanation);
    world_.metrics().notifier_event(notifier_, telemetry::Delivery::failed);
  }
  forget(count);
}

// How many of the first are to be delivered now.
std::size_t Outbox::gather(const Notifier& notifier) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  bool full = false;
  for (const auto& told : waiting_) {
    if (!told.stored && !world_.stopping()) break;
    bytes += told.event.size();
    full = count > 0 && bytes > most_group_bytes;
    if (full) break;
    full = ++count == plugin::most_in_group;
    if (full) break;
  }
  if (count == 0) return 0;
  if (notifier.group_wait.count() == 0 || alone_ > 0) return 1;
  const auto due = waiting_.front().since + notifier.group_wait;
  const auto now = world_.runtime().moment();
  if (full || now >= due || world_.stopping()) return count;
  if (state_ == State::gathering && due_ == due) return 0;
  state_ = State::gathering;
  due_ = due;
  world_.runtime().after(due - now, [self = shared_from_this(), its = ++gatherings_] {
    if (self->state_ != State::gathering || self->gatherings_ != its) return;
    self->state_ = State::idle;
    self->next();
  });
  return 0;
}

void Outbox::next() {
  auto setup = world_.setup();
  const auto notifier = setup->notifiers.find(notifier_);
  if (notifier == setup->notifiers.end()) {
    state_ = State::idle;
    return give_up(waiting_.size(), "its notifier is no longer configured");
  }
  if (state_ != State::gathering) state_ = State::idle;
  // It may be another since that group was gathered, which takes none.
  if (notifier->second.group_wait.count() == 0) group_ = std::min<std::size_t>(group_, 1);
  if (group_ == 0) {
    group_ = gather(notifier->second);
    if (group_ == 0) return;
    if (notifier->second.group_wait.count() > 0 && alone_ == 0) {
      note_group();
      if (!world_.stopping()) {
        state_ = State::noting;
        return ledger_.when_stored([self = shared_from_this()] {
          if (self->state_ == State::noting) self->next();
        });
      }
    }
  }
  state_ = State::delivering;
  world_.call_began(setup);
  std::vector<std::string> events;
  for (std::size_t index = 0; index < group_; ++index) events.push_back(waiting_[index].event);
  const auto input = group_ == 1 ? input_of(events.front()) : nullptr;
  notifier->second.notify(std::move(events), input, call_limit,
                          [self = shared_from_this(), setup](const plugin::Outcome& outcome) {
                            self->world_.runtime().post([self, setup, outcome] {
                              self->delivered(outcome);
                              self->world_.call_ended(setup);
                            });
                          });
}

// How many of the group have waited too long.
std::size_t Outbox::old() const {
  const auto now = world_.runtime().moment();
  std::size_t count = 0;
  while (count < group_ && now - waiting_[count].since >= patience) ++count;
  return count;
}

void Outbox::delivered(const plugin::Outcome& outcome) {
  ++attempts_;
  if (outcome.status == Status::ok) {
    for (std::size_t index = 0; index < group_; ++index) {
      world_.metrics().notifier_event(notifier_, telemetry::Delivery::delivered);
      ledger_.note_delivered(waiting_[index].number);
    }
    forget(group_);
    return next();
  }
  const bool passes = outcome.status == Status::retry || outcome.status == Status::cancelled;
  if (passes && world_.stopping()) {  // it is delivered after the next start
    state_ = State::idle;
    return;
  }
  if (passes && old() == 0) {
    auto delay = std::min(first_delay * (1 << std::min(attempts_ - 1, 10)), longest_delay);
    if (outcome.retry_after) {
      delay += std::min<std::chrono::nanoseconds>(*outcome.retry_after, longest_retry_after);
    }
    if (attempts_ == 1) {
      log::warn("notifier does not take an event now, trying again",
                {{"notifier", notifier_}, {"explanation", outcome.explanation}});
    }
    state_ = State::backing_off;
    world_.runtime().after(delay, [self = shared_from_this()] {
      if (self->state_ == State::backing_off) self->next();
    });
    return;
  }
  if (outcome.status == Status::invalid && group_ > 1) {
    alone_ = std::exchange(group_, 0);
    attempts_ = 0;
    return next();
  }
  const auto lost = passes ? old() : group_;
  log::warn("notification not delivered", {{"notifier", notifier_},
                                           {"status", plugin::to_text(outcome.status)},
                                           {"attempts", attempts_},
                                           {"events", lost},
                                           {"explanation", outcome.explanation}});
  give_up(lost, outcome.explanation);
  next();
}

}  // namespace scalehook::dispatch
