#include "core/dispatch/ledger.hpp"

#include <charconv>
#include <utility>

namespace scalehook::dispatch {

Ledger::Ledger(Runtime& runtime, Store store) : runtime_{runtime}, store_{std::move(store)} {}

void Ledger::soon() {
  if (std::exchange(scheduled_, true)) return;
  runtime_.post([self = shared_from_this()] { self->flush(); });
}

void Ledger::flush() {
  scheduled_ = false;
  auto change = std::exchange(change_, {});
  places_.clear();
  auto waiting = std::exchange(waiting_, {});
  std::function<void()> stored;
  if (!waiting.empty()) {
    stored = [self = shared_from_this(), waiting = std::move(waiting)] {
      self->runtime_.post([waiting] {
        for (const auto& then : waiting) then();
      });
    };
  }
  store_(std::move(change), std::move(stored));
}

void Ledger::open(std::int64_t notification, std::size_t lanes, Settled settled) {
  if (settled) settled_[notification] = std::move(settled);
  if (lanes == 0) return finish(notification);
  open_[notification] = lanes;
}

void Ledger::begin(std::int64_t notification) {
  begun_.insert(notification);
  note(journal::State{begun_kind, std::to_string(notification), "{}"});
}

void Ledger::begin_again() {
  for (const auto notification : begun_) begin(notification);
}

void Ledger::conclude(std::int64_t notification) {
  const auto place = open_.find(notification);
  if (place == open_.end() || --place->second > 0) return;
  open_.erase(place);
  finish(notification);
}

void Ledger::finish(std::int64_t notification) {
  if (begun_.erase(notification) > 0) {
    note(journal::State{begun_kind, std::to_string(notification), ""});
  }
  change_.finished.push_back(notification);
  --unfinished_;
  settle(notification, std::nullopt);
  soon();
}

void Ledger::settle(std::int64_t notification, std::optional<std::string> fault) {
  if (settled_.empty()) return;
  if (const auto waits = settled_.extract(notification)) waits.mapped()(std::move(fault));
}

void Ledger::defer(std::int64_t notification, const std::string& fault) {
  settle(notification, fault);
}

void Ledger::take_up(const journal::State& begun) {
  std::int64_t notification = 0;
  std::from_chars(begun.name.data(), begun.name.data() + begun.name.size(), notification);
  begun_.insert(notification);
}

void Ledger::note(journal::Record record) {
  change_.records.push_back(std::move(record));
  soon();
}

void Ledger::note(journal::State state) {
  const auto [place, is_new] =
      places_.try_emplace(state.kind + '\n' + state.name, change_.states.size());
  if (is_new) {
    change_.states.push_back(std::move(state));
  } else {  // the later one counts
    change_.states[place->second].json = std::move(state.json);
  }
  soon();
}

std::int64_t Ledger::note(std::string notifier, std::string event) {
  const auto number = next_event_++;
  change_.events.push_back({number, std::move(notifier), std::move(event)});
  soon();
  return number;
}

void Ledger::note_delivered(std::int64_t event) {
  change_.delivered.push_back(event);
  soon();
}

void Ledger::note_undelivered(std::int64_t event, std::string explanation) {
  change_.undelivered.push_back({event, runtime_.now(), std::move(explanation)});
  soon();
}

void Ledger::when_stored(std::function<void()> then) {
  waiting_.push_back(std::move(then));
  soon();
}

}  // namespace scalehook::dispatch
