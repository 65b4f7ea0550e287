// What the engine has done, to be kept as one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/journal/record.hpp"

namespace scalehook::journal {

// What must be remembered from one start to the next, by kind and name.
struct State {
  std::string kind;
  std::string name;
  std::string json;  // empty: to be forgotten
};

// What is to be told to a notifier, kept until it has been.
struct Event {
  std::int64_t number{};  // in the order of their making, and never used again: its maker's choice
  std::string notifier;
  std::string json;
};

// An event that could not be delivered: kept for people to see, and not tried again.
struct Undelivered {
  std::int64_t number{};
  Time time{};
  std::string explanation;
};

// One transaction: all of it is there after a power cut, or nothing.
struct Change {
  std::vector<std::int64_t> finished;  // notifications that have been dealt with
  std::vector<Record> records;
  std::vector<State> states;  // each in place of the one of the same kind and name
  std::vector<Event> events;
  std::vector<std::int64_t> delivered;  // events, by their number
  std::vector<Undelivered> undelivered;
};

}  // namespace scalehook::journal
