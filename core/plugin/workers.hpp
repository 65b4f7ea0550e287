// The queue of an instance, the threads that take from it, and the clock that watches deadlines.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "core/plugin/call.hpp"
#include "core/plugin/instance.hpp"

namespace scalehook::plugin {

// One call on its way. What `run` and `answer` hold must live on its own: a thread whose call never
// returns keeps it for ever.
struct Task {
  CallKind kind{};
  std::string target;  // what it is about; empty: not a target
  Deadline deadline;
  std::shared_ptr<Call> call;
  // Calls the plugin; may block; throws nothing.
  std::function<ReadAnswer(Call&)> run;
  // Called exactly once, with the time that the plugin took (0: not reached); throws nothing.
  std::function<void(ReadAnswer, std::chrono::nanoseconds)> answer;
};

// Starts a thread that blocks all signals but those that a fault of its own raises.
std::thread start_thread(std::function<void()> body);

// Threads start when they are first needed: up to `most` workers and one clock. The clock answers
// tasks that are still queued at their deadline, cancels calls that still run at theirs, and
// answers for those that do not return within a second of it. Until such a stuck call returns,
// nothing more is given to the plugin: what waits and what comes is answered `retry` at once.
//
// A target whose last call got no answer in its time is mute until it gets one. Calls of mute
// targets run on half of the workers at most, so that a few of them do not hold up all others.
class Workers {
 public:
  // Told, on one of the threads, when a call is stuck and when none is any more. May be empty.
  using Stuck = std::function<void(bool)>;

  Workers(std::string plugin, std::size_t most, Stuck stuck);
  ~Workers();  // stop() must have been called
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // After stop the answer, `cancelled`, comes on this thread.
  void submit(Task task);

  // Cancels all; true once every thread has ended, the calling one left aside, which may be one of
  // them. False: the rest is abandoned at `limit`, and answered for. Once.
  bool stop(Deadline limit);

 private:
  struct Entry;
  struct State;
  void start(void (*body)(const std::shared_ptr<State>&));
  static void work(const std::shared_ptr<State>& state);
  static void watch(const std::shared_ptr<State>& state);

  const std::shared_ptr<State> state_;
};

}  // namespace scalehook::plugin
