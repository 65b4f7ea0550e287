// The credential that an exec plugin gives, kept for as long as it is good.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "plugins/kubernetes/access/access.hpp"
#include "plugins/kubernetes/transport/exec_credential.hpp"
#include "plugins/kubernetes/transport/program.hpp"
#include "plugins/kubernetes/transport/request.hpp"

namespace scalehook::kubernetes {

// Any thread; a mutex guards the state, and is not held while the program runs or is waited for.
class ExecPlugin {
 public:
  using Credential = std::shared_ptr<const ExecCredential>;
  using Info = std::function<std::string()>;  // the value of KUBERNETES_EXEC_INFO

  // Runs nothing yet. `program` is copied.
  ExecPlugin(Exec program, Info info);

  // The credential to use now. The program runs if there is none, shortly before it expires (a
  // tenth of its time, at most ten seconds), or if it is `rejected`: one that the server refused.
  // All that ask meanwhile wait for that one run, each within its own patience, and get the same
  // answer; a run that its own caller gave up is followed by one for the next. What a run gave, or
  // why it gave nothing, holds for a second at least: so the very same pointer back means that
  // there is nothing newer to try. A failure of a run that comes before the expiry is passed over.
  // Failures: those of run(), and exec-failed (retry) where it ends with an error.
  outcome<Credential> get(const Patience& patience, const Credential& rejected = nullptr);

 private:
  class Run;
  using Result = outcome<Credential>;

  Result ask(const Patience& patience);
  void keep(const Result& result, const Credential& rejected);  // mutex_ is held

  const Exec program_;
  const Info info_;
  Strays strays_;
  std::mutex mutex_;
  std::shared_ptr<Run> run_;  // the one under way
  Credential credential_;
  std::chrono::system_clock::time_point renew_at_;
  std::optional<Result> last_;  // of a run that was not given up
  std::chrono::steady_clock::time_point ended_;
};

}  // namespace scalehook::kubernetes
