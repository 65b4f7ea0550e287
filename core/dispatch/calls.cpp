#include "core/dispatch/calls.hpp"

#include <algorithm>
#include <utility>

namespace scalehook::dispatch {

void Calls::ended(const std::shared_ptr<const Setup>& setup) {
  const auto running = running_.find(setup);
  if (--running->second == 0) running_.erase(running);
  fulfil();
}

void Calls::change_to(std::shared_ptr<const Setup> setup, Promise promise) {
  current_ = std::move(setup);
  waiting_.push_back(std::move(promise));
  fulfil();
}

void Calls::fulfil() {
  const bool only_current = std::all_of(running_.begin(), running_.end(),
                                        [&](const auto& call) { return call.first == current_; });
  if (!only_current) return;
  for (const auto& promise : std::exchange(waiting_, {})) promise->set_value();
}

}  // namespace scalehook::dispatch
