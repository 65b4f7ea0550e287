// The pauses in force.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "core/scaling/pause.hpp"

namespace scalehook::dispatch {

// All methods on the engine's thread. Times are wall time, as people gave them.
class Pauses {
 public:
  // In place of the one of the same target, rule and direction.
  void add(scaling::Pause pause);
  // Gives what it took away: those of the target and rule, or every one if both are empty.
  std::vector<scaling::Pause> remove(const std::string& target, const std::string& rule);

  // Gives those that it took away, for they have ended.
  std::vector<scaling::Pause> drop_ended(alert::Time now);

  std::vector<scaling::Pause> all(alert::Time now) const;
  // Those that are about the target.
  std::vector<scaling::Pause> about(const std::string& target, alert::Time now) const;

  bool empty() const { return pauses_.empty(); }

 private:
  template <typename Meant>
  std::vector<scaling::Pause> take(const Meant& meant);

  using Key = std::tuple<std::string, std::string, std::string>;  // target, rule, direction
  std::map<Key, scaling::Pause> pauses_;
};

}  // namespace scalehook::dispatch
