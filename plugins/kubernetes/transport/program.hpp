// Another program, run to its end.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>
#include <scalehook/plugin.hpp>
#include <string>
#include <utility>
#include <vector>

#include "plugins/kubernetes/transport/request.hpp"

namespace scalehook::kubernetes {

struct Program {
  std::filesystem::path path;
  std::vector<std::string> arguments;                            // without the program's own name
  std::vector<std::pair<std::string, std::string>> environment;  // beside this process's; these win
};

struct Ran {
  int exit_code = 0;   // -1: a signal ended it
  int signal = 0;      // which one
  std::string output;  // of its stdout
  std::string errors;  // the end of its stderr
};

inline constexpr std::size_t max_output = std::size_t{1} << 20;

// Programs that were given up and could not be killed: one that became another user (sudo), or that
// hangs in the kernel. They are reaped once they have ended by themselves; what still runs when
// this ends stays a child of the process. Any thread.
class Strays {
 public:
  Strays() = default;
  ~Strays() { reap(); }
  Strays(const Strays&) = delete;
  Strays& operator=(const Strays&) = delete;

  void add(pid_t pid);  // a child of this process
  void reap();          // those that have ended; waits for none

 private:
  std::mutex mutex_;
  std::vector<pid_t> pids_;
};

// Runs it without a shell, in a process group of its own, with no signal blocked or ignored, stdin
// at its end and no descriptor of ours beside stdout and stderr. What systemd tells the daemon
// alone (NOTIFY_SOCKET and its like) is left out of its environment. Once the deadline is over, the
// call is cancelled, or it writes more than max_output, its group is killed; it never outlives the
// call as a zombie. If it cannot be killed, within half a second, the failure says so, and it
// becomes one of `strays`, of which those that have ended are reaped at each run. What it leaves
// running behind it when it ends by itself is left alone.
// Failures: exec-missing (denied), exec-timeout (retry), cancelled, exec-bad-answer (denied: too
// much), exec-failed (retry: no descriptors or processes are left, or the file is being written;
// failed: arguments or environment are too long).
// Any thread.
outcome<Ran> run(const Program& program, const Patience& patience, Strays& strays);

}  // namespace scalehook::kubernetes
