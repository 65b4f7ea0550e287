// The engine as its lanes and outboxes see it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/dispatch/record.hpp"
#include "core/dispatch/runtime.hpp"
#include "core/dispatch/setup.hpp"
#include "core/scaling/decide.hpp"

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
  // Nothing new is to be begun: it stops, or has not started yet.
  virtual bool holding() const = 0;
  virtual bool stopping() const = 0;

  // A call to a plugin, or a question, begins and ends; in between, the setup it began with stays
  // whole.
  virtual void call_began(const std::shared_ptr<const Setup>& setup) = 0;
  virtual void call_ended(const std::shared_ptr<const Setup>& setup) = 0;

  // What a call of the scaler is answered that is not worth making now; none: it is to be made, and
  // what it is answered to be noted.
  virtual std::optional<plugin::Outcome> turn_away(const rules::Target& target) = 0;
  virtual void answered(const rules::Target& target, const plugin::Outcome& outcome) = 0;

  // What Alertmanager says, no older than some seconds. Answers on the engine's thread, perhaps at
  // once. Only if the setup has one.
  virtual void ask_standings(std::function<void(const upstream::Standings&)> answer) = 0;

  // A question to Prometheus was answered (fault: empty), or why it was not.
  virtual void prometheus_answered(const std::string& fault) = 0;

  // The lane's decision, under all that holds beyond its target: pauses, budget, breaker.
  virtual scaling::Decision decide(Lane& lane, const scaling::Reading& reading,
                                   scaling::Evidence evidence) = 0;
  // The lane that scales the object of this uid now, by another target; null if there is none.
  virtual const Lane* scaled_as(const Lane& lane, const std::string& uid) const = 0;
  // When the first pause that is about the target ends; none: nothing to wait for.
  virtual std::optional<std::chrono::nanoseconds> pause_ends_in(const Lane& lane) = 0;

  // What the lane remembers is to survive from here on; `then` runs once it does.
  virtual void remember(const Lane& lane) = 0;
  virtual void remember(const Lane& lane, std::function<void()> then) = 0;
  // The target has been changed by us.
  virtual void changed() = 0;

  // What came of the arrivals; none if nobody asked, but the outcome is new.
  virtual void decided(Lane& lane, const Arrivals& arrivals, const scaling::Decision& decision) = 0;
  // It waits for a target that cannot be scaled now; the lane goes on trying.
  virtual void deferred(std::int64_t notification, const std::string& fault) = 0;
  // A claim ended without its alert being resolved.
  virtual void expired(Lane& lane, const scaling::Key& claim) = 0;
  // The last steps that this decision's rule was granted have not helped.
  virtual void without_effect(Lane& lane, const scaling::Decision& decision) = 0;
  // The target has not been reached for some time; the lane goes on trying.
  virtual void troubled(Lane& lane, const Arrival& arrival, const scaling::Decision& decision) = 0;
  // The lane is idle: if it is done, it may go.
  virtual void rests(const Lane& lane) = 0;
};

}  // namespace scalehook::dispatch
