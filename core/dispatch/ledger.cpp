#include "core/dispatch/ledger.hpp"

#include <utility>

namespace scalehook::dispatch {

Ledger::Ledger(Finish finish) : finish_{std::move(finish)} {}

void Ledger::open(std::int64_t notification, std::size_t lanes) {
  open_[notification].lanes = lanes;
}

void Ledger::keep(std::int64_t notification, journal::Record record) {
  open_[notification].records.push_back(std::move(record));
}

void Ledger::conclude(std::int64_t notification, journal::Record record) {
  auto& open = open_[notification];
  open.records.push_back(std::move(record));
  --open.lanes;
  close_if_done(notification);
}

void Ledger::close_if_done(std::int64_t notification) {
  const auto place = open_.find(notification);
  if (place == open_.end() || place->second.lanes > 0) return;
  auto done = std::move(place->second);
  open_.erase(place);
  finish_(notification, std::move(done.records), {});
}

void Ledger::store(std::vector<journal::Record> records, std::vector<journal::State> states) {
  finish_(0, std::move(records), std::move(states));
}

}  // namespace scalehook::dispatch
