// The operating system as the engine sees it: a clock, a thread, chance.
#pragma once

#include <chrono>
#include <functional>

#include "core/alert/alert.hpp"
#include "core/dispatch/clock.hpp"
#include "core/scaling/moment.hpp"

namespace scalehook::dispatch {

using alert::Time;

// An interface, because a simulation runs the same engine on a clock of its own.
class Runtime {
 public:
  virtual ~Runtime() = default;

  virtual Time now() const = 0;                // wall clock, for people and records only
  virtual scaling::Moment moment() const = 0;  // our own, which nobody sets
  virtual Anchor anchor() const = 0;           // the same, with what the machine's clocks say

  // Runs the work on the engine's thread, in the order of the calls. Any thread.
  virtual void post(std::function<void()> work) = 0;

  // The same, no sooner than `delay` from now. Work that is not due when the runtime ends is
  // dropped.
  virtual void after(std::chrono::nanoseconds delay, std::function<void()> work) = 0;

  // Evenly from [0, 1), for jitter. The engine's thread only.
  virtual double chance() = 0;
};

}  // namespace scalehook::dispatch
