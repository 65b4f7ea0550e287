// A configured scaler or notifier: a loaded plugin with settings, and the threads it runs on.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/plugin/library.hpp"

namespace scalehook::plugin {

enum class Status { ok, retry, failed, not_found, conflict, denied, invalid, refused, cancelled };
std::string_view to_text(Status status);  // "ok", "not-found", …: metric labels

// How a call ended. An unknown status of a plugin becomes failed.
struct Outcome {
  Status status = Status::failed;
  std::string code;         // short and stable ("http-403"); a metric label; empty if none
  std::string explanation;  // one sentence for the user
  std::optional<std::chrono::milliseconds> retry_after;
};

struct ReadAnswer {
  Outcome outcome;
  std::optional<std::int64_t> replicas;  // >= 0; an ok without it is turned into failed
  std::optional<std::int64_t> ready;
  std::optional<std::int64_t> max;  // the most it can be set to now
  std::string version;              // opaque; empty: none
  std::string uid;
  std::string hold;  // "", "in", "out" or "all"
};

struct WriteAnswer {
  Outcome outcome;
  std::string version;
  std::optional<std::int64_t> replicas;  // it was set to, if not to what was asked for
};

using TargetFields = std::map<std::string, std::string, std::less<>>;
// What is behind a call, shown to the plugin: {"instance","target","rule","decision","alerts"}.
// Where "instance" is missing it is filled in; null is {"instance"} alone.
using Input = std::shared_ptr<const boost::json::value>;
using Deadline = std::chrono::steady_clock::time_point;

inline constexpr std::size_t most_in_group = 100;  // as plugin.h promises
bool takes_groups(const Library& library);

// Owns its queue, at most max_concurrency worker threads and one that watches deadlines; all start
// when they are first needed, and block signals. Any thread may call; a call returns at once. The
// answer comes exactly once, on one of the instance's threads (after stop, on the caller's), and
// must throw nothing and not linger. It may drop the last reference to the instance.
//
// Of targets whose last call got no answer in its time only half of the threads serve calls. A call
// that is still queued at its deadline is answered `retry` without reaching the plugin. One
// that runs at its deadline is cancelled, and given up with `retry` a second later: what it does
// then may still take effect, so read before writing again. Until such a call returns the instance
// gives the plugin no other: all are answered `retry` at once. At stop all are `cancelled`.
//
// The plugin is not trusted: a target that does not fit its schema is `invalid` without reaching
// it, and exceptions, garbage and missing answers become `failed`, with an explanation that names
// it.
class Instance {
 public:
  // Observes each finished call just before its answer, on the same thread: "read", "write" or
  // "notify", status, code, time in the plugin (0: not reached). May be empty.
  using Observer = std::function<void(const std::string& instance, std::string_view call,
                                      const Outcome& outcome, std::chrono::nanoseconds duration)>;
  // Told, on one of the instance's threads, when a call does not return after its deadline, and
  // when none is like that any more. May be empty.
  using Stuck = std::function<void(const std::string& instance, bool stuck)>;

  // `settings` must fit the library's schema; defaults are filled in here. Blocks while the
  // plugin's create runs. At the limit that is cancelled, and given up a second later; its
  // abandoned thread is as one of stop(). On failure one sentence naming instance, plugin and
  // reason.
  static boost::system::result<std::shared_ptr<Instance>, std::string> create(
      std::shared_ptr<const Library> library, const std::string& name,
      const boost::json::value& settings, Observer observer,
      std::chrono::milliseconds limit = std::chrono::seconds(30), const Stuck& stuck = {});
  // Stops with a limit of 10 s, unless that was done.
  ~Instance();

  const std::string& name() const;
  const Library& library() const;

  void read(TargetFields target, const Input& input, Deadline deadline,
            std::function<void(ReadAnswer)> answer);
  void write(TargetFields target, std::int64_t replicas, std::string version, bool dry_run,
             const Input& input, Deadline deadline, std::function<void(WriteAnswer)> answer);
  // One event or, if the plugin takes groups, several: the oldest first, at most most_in_group.
  void notify(std::vector<std::string> events, const Input& input, Deadline deadline,
              std::function<void(Outcome)> answer);

  // Cancels all, waits for running calls and destroys the plugin's instance. False: a call, or
  // destroy, did not return within the limit; its thread is abandoned. It touches nothing of the
  // host's but what it holds itself, and destroys the plugin's instance if it returns after all; a
  // process that ends before that must do so with _exit. Again: the same result.
  bool stop(std::chrono::milliseconds limit);

 private:
  class Impl;
  explicit Instance(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace scalehook::plugin
