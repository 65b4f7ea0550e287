#include "core/plugin/workers.hpp"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "core/plugin/mute_targets.hpp"
#include "core/telemetry/log.hpp"

namespace scalehook::plugin {
namespace {

using Clock = std::chrono::steady_clock;

// A plugin that keeps to its deadline says itself what it was waiting for.
constexpr std::chrono::seconds grace(1);

ReadAnswer instead(Status status, std::string code, std::string explanation);

ReadAnswer instead_of_stuck(const std::string& plugin) {
  return instead(
      Status::retry, "plugin-stuck",
      fmt::format("plugin {} does not return from a call, and is given no other until it "
                  "does; if it never does, restart scalehook",
                  plugin));
}

ReadAnswer instead(Status status, std::string code, std::string explanation) {
  ReadAnswer answer;
  answer.outcome = {status, std::move(code), std::move(explanation), std::nullopt};
  return answer;
}

}  // namespace

struct Workers::Entry {
  explicit Entry(Task given) : task(std::move(given)) {}

  Task task;
  const Clock::time_point submitted = Clock::now();
  // Guarded by State::mutex:
  bool answered = false;  // or about to be, by the thread that set it
  bool expired = false;   // was cancelled by the clock
  bool stuck = false;     // and did not return then
  bool mute = false;      // its target was, when it came
  Clock::time_point started{};
};

// Shared with the threads, so that an abandoned one never touches what is gone. `mutex` guards all
// but `plugin` and `tell_stuck`; answers are given without it.
struct Workers::State {
  using Entries = std::deque<std::shared_ptr<Entry>>;

  State(std::string name, std::size_t workers_at_most, Stuck observer)
      : plugin(std::move(name)), most(workers_at_most), tell_stuck(std::move(observer)) {}

  const std::string plugin;
  const std::size_t most;  // workers
  const Stuck tell_stuck;
  std::mutex mutex;
  std::condition_variable queued;  // a worker's: something in `queue`, or stopping
  std::condition_variable sooner;  // the clock's: `wake` was brought forward, or stopping
  std::condition_variable left;    // stop's: a thread has ended
  Entries queue;
  Entries running;
  MuteTargets mute;
  std::size_t mute_running = 0;  // calls of those
  std::size_t idle = 0;          // workers that wait for `queued`
  std::size_t workers = 0;       // that were started
  std::size_t living = 0;        // threads that have not ended
  std::size_t stuck = 0;         // calls that do not return
  std::mutex telling;            // held while tell_stuck is called, and taken before `mutex`
  bool stopping = false;
  Clock::time_point wake = Clock::time_point::max();  // when the clock looks again
  std::vector<std::thread> threads;

  // Without the mutex. Whoever comes last tells how it is now.
  void report_stuck() {
    if (!tell_stuck) return;
    const std::lock_guard order(telling);
    bool any = false;
    {
      const std::lock_guard lock(mutex);
      any = stuck > 0;
    }
    tell_stuck(any);
  }

  // With the mutex held: takes the next that may run from the queue; null if there is none.
  std::shared_ptr<Entry> take() {
    const auto place = std::ranges::find_if(
        queue, [&](const auto& entry) { return !entry->mute || mute_running < most_mute(); });
    if (place == queue.end()) return nullptr;
    auto entry = *place;
    queue.erase(place);
    if (entry->mute) ++mute_running;
    return entry;
  }

  // With the mutex held, once that one has ended.
  void make_way(const Entry& entry) {
    if (!entry.mute) return;
    --mute_running;
    queued.notify_one();
  }

  std::size_t most_mute() const { return std::max<std::size_t>(most / 2, 1); }

  // For how long a call waited before `until`, and for what.
  std::string wait(const Entry& entry, Clock::time_point until) const {
    const std::size_t places = entry.mute ? most_mute() : most;
    return fmt::format(
        "waited {:.1f} s for {} of plugin {}{}, busy with other calls",
        std::chrono::duration<double>(until - entry.submitted).count(),
        places == 1 ? "the only thread" : fmt::format("one of the {} threads", places), plugin,
        entry.mute ? " for targets that were not answered for last time" : "");
  }

  ReadAnswer instead_of_late(const Entry& entry) const {
    return instead(Status::retry, "deadline-exceeded",
                   wait(entry, Clock::now()) + "; see why those take so long");
  }

  // With the mutex held: true for the one who is to answer.
  static bool claim(Entry& entry) { return !std::exchange(entry.answered, true); }

  static void answer(Entry& entry, ReadAnswer with, Clock::duration took = {}) {
    entry.task.answer(std::move(with), took);
    // Whoever else holds the entry holds nothing of the caller's.
    entry.task.answer = nullptr;
  }
};

std::thread start_thread(std::function<void()> body) {
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  for (const int own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS}) {
    sigdelset(&blocked, own);
  }
  struct Restore {
    const sigset_t& mask;
    ~Restore() { pthread_sigmask(SIG_SETMASK, &mask, nullptr); }
  };
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const Restore restore{before};
  return std::thread(std::move(body));
}

Workers::Workers(std::string plugin, std::size_t most, Stuck stuck)
    : state_(std::make_shared<State>(std::move(plugin), most, std::move(stuck))) {}

Workers::~Workers() = default;

// With the mutex held.
void Workers::start(void (*body)(const std::shared_ptr<State>&)) {
  state_->threads.push_back(start_thread([state = state_, body] {
    body(state);
    const std::lock_guard lock(state->mutex);
    --state->living;
    state->left.notify_all();
  }));
  ++state_->living;
}

void Workers::submit(Task task) {
  auto entry = std::make_shared<Entry>(std::move(task));
  ReadAnswer refused;
  {
    State& state = *state_;
    const std::lock_guard lock(state.mutex);
    if (state.stopping) {
      refused = instead(Status::cancelled, "stopped",
                        fmt::format("plugin {} is being stopped", state.plugin));
    } else if (state.stuck > 0) {
      refused = instead_of_stuck(state.plugin);
    } else {
      try {
        if (state.threads.empty()) start(&watch);
        if (state.idle <= state.queue.size() && state.workers < state.most) {
          start(&work);
          ++state.workers;
        }
      } catch (const std::system_error& fault) {
        refused = instead(Status::retry, "no-thread",
                          fmt::format("no thread for plugin {}: {}", state.plugin, fault.what()));
      }
      // Without a new thread the others do it, if there are any.
      if (state.workers > 0) {
        entry->mute = state.mute.contains(entry->task.target);
        state.queue.push_back(entry);
        state.queued.notify_one();
        if (entry->task.deadline < state.wake) state.sooner.notify_one();
        return;
      }
    }
  }
  State::answer(*entry, std::move(refused));
}

void Workers::work(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  for (;;) {
    ++state->idle;
    std::shared_ptr<Entry> entry;
    state->queued.wait(lock, [&] { return state->stopping || (entry = state->take()); });
    --state->idle;
    if (state->stopping) return;
    entry->started = Clock::now();
    if (entry->task.deadline <= entry->started) {
      State::claim(*entry);
      state->make_way(*entry);
      lock.unlock();
      State::answer(*entry, state->instead_of_late(*entry));
      lock.lock();
      continue;
    }
    state->running.push_back(entry);
    // The clock may have slept past it while it was queued with others of its deadline.
    if (entry->task.deadline < state->wake) state->sooner.notify_one();
    lock.unlock();

    ReadAnswer answer = entry->task.run(*entry->task.call);
    const Clock::duration took = Clock::now() - entry->started;

    lock.lock();
    std::erase(state->running, entry);
    const bool last_stuck = entry->stuck && --state->stuck == 0;
    const bool mine = State::claim(*entry);
    if (entry->expired && answer.outcome.status == Status::cancelled) {
      answer.outcome.status = Status::retry;  // it was the deadline that cancelled
      answer.outcome.code = "deadline-exceeded";
    }
    state->mute.note(entry->task.target, answer.outcome.status, took,
                     entry->task.deadline - entry->submitted);
    state->make_way(*entry);
    lock.unlock();
    const auto waited = entry->started - entry->submitted;
    if (answer.outcome.status == Status::retry && waited > std::max<Clock::duration>(took, grace)) {
      answer.outcome.explanation += "; before, the call " + state->wait(*entry, entry->started);
    }
    if (mine) {
      State::answer(*entry, std::move(answer), took);
    } else {
      log::warn("a call returned when it was given up already",
                {{"plugin", state->plugin},
                 {"call", to_text(entry->task.kind)},
                 {"seconds", std::chrono::duration<double>(took).count()}});
    }
    if (last_stuck) state->report_stuck();
    lock.lock();
  }
}

void Workers::watch(const std::shared_ptr<State>& state) {
  std::unique_lock lock(state->mutex);
  while (!state->stopping) {
    const Clock::time_point now = Clock::now();
    State::Entries expired;
    State::Entries stuck;
    state->wake = Clock::time_point::max();
    std::erase_if(state->queue, [&](const auto& entry) {
      if (entry->task.deadline > now) {
        state->wake = std::min(state->wake, entry->task.deadline);
        return false;
      }
      State::claim(*entry);
      expired.push_back(entry);
      return true;
    });
    for (const auto& entry : state->running) {
      if (entry->answered) continue;
      if (entry->task.deadline > now) {
        state->wake = std::min(state->wake, entry->task.deadline);
        continue;
      }
      if (!std::exchange(entry->expired, true)) entry->task.call->cancel();
      if (entry->task.deadline + grace > now) {
        state->wake = std::min(state->wake, entry->task.deadline + grace);
      } else {
        State::claim(*entry);
        stuck.push_back(entry);
        entry->stuck = true;
        ++state->stuck;
      }
    }
    const bool first_stuck = !stuck.empty() && state->stuck == stuck.size();
    State::Entries waiting;  // for a plugin that is given no more
    if (!stuck.empty()) waiting.swap(state->queue);
    for (const auto& entry : waiting) State::claim(*entry);
    if (expired.empty() && stuck.empty()) {
      if (state->wake == Clock::time_point::max()) {
        state->sooner.wait(lock);
      } else {
        state->sooner.wait_until(lock, state->wake);
      }
      continue;
    }
    lock.unlock();
    for (const auto& entry : expired) State::answer(*entry, state->instead_of_late(*entry));
    for (const auto& entry : stuck) {
      State::answer(*entry,
                    instead(Status::retry, "deadline-exceeded",
                            fmt::format("plugin {} did not return by the deadline", state->plugin)),
                    Clock::now() - entry->started);
    }
    for (const auto& entry : waiting) State::answer(*entry, instead_of_stuck(state->plugin));
    if (first_stuck) {
      log::error("a plugin does not return from a call, and is given no other until it does",
                 {{"plugin", state->plugin}});
      state->report_stuck();
    }
    lock.lock();
  }
}

bool Workers::stop(Deadline limit) {
  State& state = *state_;
  State::Entries waiting;
  State::Entries abandoned;
  std::vector<std::thread> threads;
  std::unique_lock lock(state.mutex);
  state.stopping = true;
  waiting.swap(state.queue);
  for (const auto& entry : waiting) State::claim(*entry);
  for (const auto& entry : state.running) entry->task.call->cancel();
  threads.swap(state.threads);
  state.queued.notify_all();
  state.sooner.notify_all();
  lock.unlock();
  for (const auto& entry : waiting) {
    State::answer(*entry,
                  instead(Status::cancelled, "stopped",
                          fmt::format("cancelled before it reached plugin {}", state.plugin)));
  }

  lock.lock();
  const auto is_self = [](const std::thread& each) {
    return each.get_id() == std::this_thread::get_id();
  };
  const std::size_t self = std::ranges::any_of(threads, is_self) ? 1 : 0;
  const bool all_left = state.left.wait_until(lock, limit, [&] { return state.living == self; });
  for (const auto& entry : state.running) {
    if (State::claim(*entry)) abandoned.push_back(entry);
  }
  lock.unlock();
  for (const auto& entry : abandoned) {
    State::answer(
        *entry,
        instead(Status::cancelled, "stopped",
                fmt::format("plugin {} did not return when it was stopped", state.plugin)),
        Clock::now() - entry->started);
  }
  for (std::thread& thread : threads) {
    if (all_left && !is_self(thread)) {
      thread.join();
    } else {
      thread.detach();
    }
  }
  return all_left;
}

}  // namespace scalehook::plugin
