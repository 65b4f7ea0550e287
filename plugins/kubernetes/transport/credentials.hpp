// The token and certificates in use, and their renewal: the files they come from rotate, and what
// an exec plugin gives expires.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "plugins/kubernetes/access/access.hpp"
#include "plugins/kubernetes/transport/exec_plugin.hpp"
#include "plugins/kubernetes/transport/request.hpp"

namespace scalehook::kubernetes {

// One consistent set. PEM texts, and the token without white space around it; empty: none.
struct Secrets {
  std::string authority, certificate, key, token;
  ExecPlugin::Credential from_exec;  // what certificate, key and token were taken from, if so

  bool operator==(const Secrets&) const = default;
  // Whether a connection that was made with the one may be used with the other.
  bool same_tls(const Secrets& other) const {
    return authority == other.authority && certificate == other.certificate && key == other.key;
  }
};

// Any thread; a mutex guards the current set and the time it was read.
class Credentials {
 public:
  using Warn = std::function<void(const std::string&)>;
  using Set = std::shared_ptr<const Secrets>;

  // Reads and checks the files, runs nothing; throws a failure with the status invalid. Later a
  // file that cannot be read, or that does not fit to its neighbours, is reported through `warn`
  // and leaves the last good set in force until the server refuses it. `access` is borrowed for
  // life. The interval is client-go's: each minute, with ten seconds' leeway.
  Credentials(const Access& access, Warn warn,
              std::chrono::steady_clock::duration interval = std::chrono::seconds{60 - 10});

  // The set to use now: files are read again when `interval` has passed since the last time, and
  // an exec plugin runs as ExecPlugin::get says. Failures: its, and credentials-unreadable (denied)
  // while there is nothing but what the server refused.
  outcome<Set> current(const Patience& patience);
  // After the server refused `rejected`: files are read again at once, unless that has been done
  // since, and an exec plugin runs. The very same pointer back means that there is nothing newer.
  outcome<Set> replacement(const Set& rejected, const Patience& patience);

 private:
  void renew();  // mutex_ is held
  outcome<Set> with_exec(const Set& files, const Patience& patience,
                         const ExecPlugin::Credential& rejected);

  const Access& access_;
  const Warn warn_;
  const std::chrono::steady_clock::duration interval_;
  std::mutex mutex_;
  Set secrets_;           // of the files
  std::string fault_;     // why they could not be read the last time; empty: they could
  bool refused_ = false;  // the server refused secrets_, and nothing was read since
  std::chrono::steady_clock::time_point read_at_;
  std::optional<ExecPlugin> exec_;
  Set joined_;  // of files and exec, as last handed out
};

}  // namespace scalehook::kubernetes
