// Targets whose last call got no answer in its time.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <unordered_set>

#include "core/plugin/instance.hpp"

namespace scalehook::plugin {

// For one thread at a time.
class MuteTargets {
 public:
  bool contains(const std::string& target) const { return targets_.contains(target); }

  // A call of the target ended after running for `took` of the time from its coming to its
  // deadline. One that began late says nothing of its target.
  void note(const std::string& target, Status status, std::chrono::nanoseconds took,
            std::chrono::nanoseconds time) {
    if (target.empty()) return;
    if (status != Status::retry) {
      targets_.erase(target);
    } else if (2 * took >= time) {
      if (targets_.size() >= most) targets_.clear();
      targets_.insert(target);
    }
  }

 private:
  static constexpr std::size_t most = 10'000;  // for targets come and go

  std::unordered_set<std::string> targets_;
};

}  // namespace scalehook::plugin
