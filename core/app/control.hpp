// What the daemon is told to do while it runs: by signals, and by the web.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace scalehook::app {

// Blocks SIGTERM, SIGINT and SIGHUP in the thread that makes it, so in all it starts later, and
// ignores SIGPIPE.
class Control {
 public:
  Control();  // throws std::system_error
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // Told none when the reload is done, else every mistake.
  using Reloaded = std::function<void(std::optional<std::string>)>;

  // Asks for a reload; refused at once after close. Any thread.
  void ask_reload(Reloaded reloaded);

  enum class Event { stop, reload };
  // Waits for the next event; SIGHUP asks for a reload nobody waits for.
  Event wait();

  // Those that wait for the reload about to be made, exactly once each.
  std::vector<Reloaded> take_waiting();

  // Refuses who waits for a reload, and who asks from now on.
  void close();

 private:
  int signals_ = -1;  // signalfd
  int asked_ = -1;    // eventfd
  std::mutex mutex_;  // guards the two below
  std::vector<Reloaded> waiting_;
  bool closed_ = false;
};

}  // namespace scalehook::app
