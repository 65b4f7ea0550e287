// The calls to plugins and the questions that run, and who waits for their end.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <vector>

#include "core/dispatch/setup.hpp"

namespace scalehook::dispatch {

// All methods on the engine's thread.
class Calls {
 public:
  using Promise = std::shared_ptr<std::promise<void>>;

  // In between, the setup that a call began with stays whole.
  void began(const std::shared_ptr<const Setup>& setup) { ++running_[setup]; }
  void ended(const std::shared_ptr<const Setup>& setup);

  bool none() const { return running_.empty(); }
  // From now on calls begin with this setup; the promise is kept once none runs with another.
  void change_to(std::shared_ptr<const Setup> setup, Promise promise);

 private:
  void fulfil();

  std::map<std::shared_ptr<const Setup>, int> running_;
  std::shared_ptr<const Setup> current_;
  std::vector<Promise> waiting_;
};

}  // namespace scalehook::dispatch
