#include "core/dispatch/breaker.hpp"

#include <algorithm>
#include <utility>

namespace scalehook::dispatch {
namespace {

using namespace std::chrono_literals;
using plugin::Status;

// Fewer have their own trouble at once; and so few need no one to spare the other side their calls.
constexpr std::size_t most_failing = 10;
constexpr std::chrono::nanoseconds first_wait = 2s;
constexpr std::chrono::nanoseconds longest_wait = 30s;
constexpr std::chrono::nanoseconds running_wait = 1s;  // until the call that runs may have ended

// One that is told when to come again has been answered.
bool is_fault(const plugin::Outcome& outcome) {
  return outcome.status == Status::retry && !outcome.retry_after;
}

}  // namespace

std::optional<plugin::Outcome> Breaker::turn_away(const std::string& target, scaling::Moment now) {
  if (!is_open()) return std::nullopt;
  if (next_at_ && *next_at_ <= now) {
    next_at_.reset();
    return std::nullopt;
  }
  if (!newcomer_ && !failing_.contains(target)) {
    newcomer_ = target;
    return std::nullopt;
  }
  const auto wait = next_at_ ? *next_at_ - now : running_wait;
  return plugin::Outcome{Status::retry, open_code,
                         "no target of its scaler can be reached: " + explanation_,
                         std::chrono::ceil<std::chrono::milliseconds>(wait)};
}

bool Breaker::note(const std::string& target, const plugin::Outcome& outcome, scaling::Moment now) {
  const bool is_newcomer = newcomer_ == target;
  if (is_newcomer) newcomer_.reset();
  if (outcome.status == Status::cancelled) {  // by us; it says nothing
    if (is_open() && !next_at_ && !is_newcomer) next_at_ = now;
    return false;
  }
  if (!is_fault(outcome)) {
    failing_.clear();
    newcomer_.reset();
    next_at_.reset();
    return std::exchange(open_for_, 0ns) > 0ns;
  }
  explanation_ = outcome.explanation;
  failing_.insert(target);
  if (failing_.size() < most_failing || is_newcomer) return false;
  const bool opens = !is_open();
  // Calls that were made before it opened are no further evidence.
  if (!opens && next_at_) return false;
  open_for_ = opens ? first_wait : std::min(open_for_ * 2, longest_wait);
  next_at_ = now + open_for_;
  return opens;
}

}  // namespace scalehook::dispatch
