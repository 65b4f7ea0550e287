// The engine as its lanes and outboxes see it.
#pragma once

#include <memory>
#include <vector>

#include "core/dispatch/record.hpp"
#include "core/dispatch/runtime.hpp"
#include "core/dispatch/setup.hpp"

namespace scalehook::telemetry {
class Metrics;
}

namespace scalehook::dispatch {

class Lane;

// Outlives them. All methods on the engine's thread.
class World {
 public:
  virtual ~World() = default;

  virtual Runtime& runtime() = 0;
  virtual telemetry::Metrics& metrics() = 0;
  virtual std::shared_ptr<const Setup> setup() = 0;
  // Nothing new is to be begun.
  virtual bool stopping() const = 0;

  // A call to a plugin begins and ends; in between, the setup it began with stays whole.
  virtual void call_began(const std::shared_ptr<const Setup>& setup) = 0;
  virtual void call_ended(const std::shared_ptr<const Setup>& setup) = 0;

  // What came of the arrivals, oldest first; none if the lane was asked to reconsider.
  virtual void decided(Lane& lane, std::vector<Arrival> arrivals,
                       const scaling::Decision& decision) = 0;
  // The target has not been reached for some time; the lane goes on trying.
  virtual void troubled(Lane& lane, const Arrival& arrival, const scaling::Decision& decision) = 0;
};

}  // namespace scalehook::dispatch
