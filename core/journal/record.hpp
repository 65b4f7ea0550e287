// What is kept of a decision, and how it is looked up.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace scalehook::journal {

using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

// One decision record, as JSON; the columns are what it is looked up by.
struct Record {
  std::int64_t notification{};  // 0: none
  Time time{};
  std::string target;  // empty: of an alert that names none
  std::string reason;
  std::string json;
};

// An event that could not be delivered to its notifier.
struct DeadLetter {
  std::int64_t number{};
  Time time{};  // when it was given up
  std::string notifier;
  std::string explanation;
  std::string json;  // the event
};

// Which records are asked for.
struct Filter {
  // Exactly as the records have it, so "" is of alerts that name none; none: of all.
  std::optional<std::string> target;
  std::optional<Time> since;  // those of this time and later
  std::size_t limit = 100;    // the newest of them
};

}  // namespace scalehook::journal
