// Our own clock from one start of the daemon to the next: see scaling::Moment.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/alert/alert.hpp"
#include "core/scaling/moment.hpp"

namespace scalehook::dispatch {

// A moment, and what the machine's clocks said then.
struct Anchor {
  scaling::Moment moment{};
  alert::Time wall{};
  std::chrono::nanoseconds boot{};  // since the boot
  std::string boot_id;              // of that boot; empty: unknown
};

// Since the boot, with the time that the machine slept.
std::chrono::nanoseconds boot_time();

// What the machine's clocks say now, at a moment.
Anchor anchor_at(scaling::Moment moment);

// The moment that it is `now` (whose own is ignored), given one from before: within a boot it goes
// on by boot time, across boots by wall time, and stays if that went back. Without one before it
// begins with the wall time, for no other reason than to be readable.
scaling::Moment go_on(const std::optional<Anchor>& before, const Anchor& now);

std::string to_json(const Anchor& anchor);
std::optional<Anchor> parse_anchor(std::string_view json);  // nothing if it is none

}  // namespace scalehook::dispatch
