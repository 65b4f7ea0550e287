// Whether calls of one scaler are worth making.
#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "core/plugin/instance.hpp"
#include "core/scaling/moment.hpp"

namespace scalehook::dispatch {

// A circuit breaker. When many targets fail and none is answered in between, the other side is
// taken for gone, which a few ailing targets do not say of it: only one call in a while is made,
// and once one is answered all are again. So a dead API server is asked by one target and not by a
// thousand. A target that has not failed since is let through as well, one at a time: what ails
// may be one kind of them only. Values only; the time is an argument.
class Breaker {
 public:
  static constexpr const char* open_code = "circuit-open";

  // What a call would be answered, with how long to wait; none: it is to be made, and its outcome
  // to be noted.
  std::optional<plugin::Outcome> turn_away(const std::string& target, scaling::Moment now);
  // True if that opened or closed it.
  bool note(const std::string& target, const plugin::Outcome& outcome, scaling::Moment now);

  bool is_open() const { return open_for_ > std::chrono::nanoseconds{0}; }

 private:
  std::set<std::string> failing_;           // targets, since the last answer
  std::optional<std::string> newcomer_;     // one that is none of them, while its call runs
  std::chrono::nanoseconds open_for_{0};    // 0: closed
  std::optional<scaling::Moment> next_at_;  // of the next call that is made to see; none: it runs
  std::string explanation_;                 // of the last fault
};

}  // namespace scalehook::dispatch
