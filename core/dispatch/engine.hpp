// The engine: what becomes of a notification once it is on disk.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/alert/alert.hpp"
#include "core/dispatch/conditions.hpp"
#include "core/dispatch/lanes.hpp"
#include "core/dispatch/ledger.hpp"
#include "core/dispatch/outbox.hpp"
#include "core/dispatch/runtime.hpp"
#include "core/dispatch/setup.hpp"
#include "core/scaling/pause.hpp"

namespace scalehook::telemetry {
class Metrics;
}

namespace scalehook::dispatch {

// One thread, the runtime's, owns all that changes: claims, lanes, what waits for notifiers. No
// locks: the methods below post a message to it and may be called from any thread.
class Engine {
 public:
  // Takes what is to survive, on the engine's thread, in order and as one; calls back, from any
  // thread, once it is on disk. May be null then: nobody waits for it.
  using Store = Ledger::Store;

  // What an engine before this one handed over, and is still there.
  struct Kept {
    std::vector<journal::State> states;  // of all kinds
    std::vector<journal::Event> events;  // that were not delivered, in their order
    std::int64_t last_event = 0;         // the highest number of any
    bool is_first = false;               // no engine has ever handed over anything
  };
  // The kinds of states.
  static constexpr const char* target_kind = Lanes::kind;
  static constexpr const char* pause_kind = Conditions::pause_kind;
  static constexpr const char* clock_kind = "clock";
  static constexpr const char* begun_kind = Ledger::begun_kind;
  static constexpr const char* group_kind = Outbox::group_kind;

  // runtime and metrics outlive the engine.
  Engine(Runtime& runtime, telemetry::Metrics& metrics, std::shared_ptr<const Setup> setup,
         Store store);
  ~Engine();  // the runtime must have run all that was posted, or have ended

  // Before anything else.
  void recover(Kept kept);
  // Decides once for every target that is remembered. To be called once, when what was received
  // before the last stop has been received again. With `ack: applied` and nothing remembered,
  // Alertmanager is asked first what fires; until it answers, nothing is decided.
  void start();

  // A notification on its way to be received.
  struct Coming;
  static std::shared_ptr<Coming> coming(Time received_at, alert::Notification notification);

  // It may soon be on disk. Looks at what it is about and begins to read its targets, which takes
  // longer than writing it. Nothing is remembered of it and nothing decided.
  void expect(std::shared_ptr<Coming> coming);

  // It is on disk. Notifications are dealt with in the order of the calls; `id` is the journal's,
  // and rises. Calls back once, on the engine's thread, unless it stops before; may be null. With
  // `ack: journaled` once the notification is taken into what is remembered and waits for its
  // targets only: who waits for that sends no faster than can be decided. With `ack: applied` once
  // each target is decided and the count set or not to be set, or with why one of them cannot be
  // reached now; that goes on being tried.
  using Acknowledge = Ledger::Settled;
  void receive(std::int64_t id, std::shared_ptr<Coming> coming, Acknowledge acknowledge = {});
  // How many of them are not decided for all their targets; any thread.
  std::size_t undecided() const;
  // Why nothing can be decided yet, in one sentence: whoever posts is not to wait for that. None:
  // it can. Any thread.
  std::optional<std::string> waits_for() const;

  // Decisions from now on use the new setup. Claims of rules that are gone close and leave the
  // count as it is. The future is ready once no call runs with an older setup.
  std::future<void> configure(std::shared_ptr<const Setup> setup);

  // A pause replaces the one of the same target, rule and direction. To resume everything, name
  // neither target nor rule; that also lets a frozen scale-in and contested targets go on. Gives
  // how many pauses ended.
  std::future<void> pause(scaling::Pause pause);
  std::future<std::size_t> resume(std::string target, std::string rule);
  std::future<std::vector<scaling::Pause>> pauses();
  // The names of the rules of the setup in force.
  std::future<std::vector<std::string>> rules();

  // Hands over all that is remembered once more, for some of it was lost on disk.
  void remember_all();

  // Begins nothing new and drops what waits for a retry: it is unfinished in the journal, and done
  // after the next start. The future is ready once no call to a plugin runs.
  std::future<void> stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace scalehook::dispatch
