// What Alertmanager says, asked once for all lanes that want to know it at about the same time.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "core/dispatch/runtime.hpp"
#include "core/dispatch/setup.hpp"
#include "core/upstream/alerts.hpp"

namespace scalehook::dispatch {

// All methods on the engine's thread; the runtime outlives it.
class SharedStandings : public std::enable_shared_from_this<SharedStandings> {
 public:
  explicit SharedStandings(Runtime& runtime) : runtime_{runtime} {}

  // The answer may be some seconds old, and may then come at once. Only if the setup has an
  // Alertmanager.
  void ask(const Setup& setup, std::function<void(const upstream::Standings&)> answer);
  // The next question is asked anew: it is for another Alertmanager, perhaps.
  void forget() { last_.reset(); }

 private:
  // Says of each Alertmanager once that it does not answer.
  void note_silent(const upstream::AlertsAnswer& alerts);

  Runtime& runtime_;
  std::shared_ptr<const upstream::Standings> last_;
  scaling::Moment last_at_{};
  std::set<std::string> silent_;  // those that did not answer last
};

}  // namespace scalehook::dispatch
