// The token and certificates in use, and their renewal: the files they come from rotate.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "plugins/kubernetes/access.hpp"

namespace scalehook::kubernetes {

// One consistent set. PEM texts, and the token without white space around it; empty: none.
struct Secrets {
  std::string authority, certificate, key, token;

  bool operator==(const Secrets&) const = default;
};

// Any thread; a mutex guards the current set and the time it was read.
class Credentials {
 public:
  using Warn = std::function<void(const std::string&)>;

  // Reads and checks everything; throws a failure with the status invalid. Later a file that cannot
  // be read, or that does not fit to its neighbours, is reported through `warn` and leaves the last
  // good set in force. `access` is copied from.
  Credentials(const Access& access, Warn warn,
              std::chrono::steady_clock::duration interval = std::chrono::minutes{1});

  // The set to use now: files are read again when `interval` has passed since the last time.
  std::shared_ptr<const Secrets> current();
  // After the server refused `rejected`: files are read again at once, unless that has been done
  // since. The very same pointer back means that there is nothing newer to try.
  std::shared_ptr<const Secrets> replacement(const std::shared_ptr<const Secrets>& rejected);

 private:
  void renew();  // mutex_ is held

  const Source authority_, certificate_, key_, token_;
  const Warn warn_;
  const std::chrono::steady_clock::duration interval_;
  std::mutex mutex_;
  std::shared_ptr<const Secrets> secrets_;
  std::chrono::steady_clock::time_point read_at_;
};

}  // namespace scalehook::kubernetes
