// The engine: what becomes of a notification once it is on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/dispatch/runtime.hpp"
#include "core/dispatch/setup.hpp"
#include "core/journal/journal.hpp"

namespace scalehook::telemetry {
class Metrics;
}

namespace scalehook::dispatch {

// One thread, the runtime's, owns all that changes: claims, lanes, what waits for notifiers. No
// locks: the methods below post a message to it and may be called from any thread.
class Engine {
 public:
  // Takes the records of a notification of which everything has been decided; on the engine's
  // thread.
  using Finish = std::function<void(std::int64_t notification, std::vector<journal::Record>)>;

  // runtime and metrics outlive the engine.
  Engine(Runtime& runtime, telemetry::Metrics& metrics, std::shared_ptr<const Setup> setup,
         Finish finish);
  ~Engine();  // the runtime must have run all that was posted, or have ended

  // Notifications are dealt with in the order of the calls. `id` is the journal's.
  void receive(std::int64_t id, Time received_at, alert::Notification notification);

  // Decisions from now on use the new setup. Claims of rules that are gone close and leave the
  // count as it is. The future is ready once no call runs with an older setup.
  std::future<void> configure(std::shared_ptr<const Setup> setup);

  // Begins nothing new and drops what waits for a retry: it is unfinished in the journal, and done
  // after the next start. The future is ready once no call to a plugin runs.
  std::future<void> stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scalehook::dispatch
