#include "core/scaling/restore.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/scaling/failure.hpp"
#include "core/scaling/rate.hpp"
#include "core/scaling/serving.hpp"
#include "core/scaling/want.hpp"

namespace scalehook::scaling {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::nanoseconds first_trial = 2h;
constexpr std::chrono::nanoseconds shortest_trial = 5min;
constexpr auto longest_gap = 2min;
constexpr int longest_trial = 3;  // as an exponent: 16 h

bool is_asked(Evidence evidence) { return evidence != Evidence::not_asked; }

Moment changed_at(const Memory& memory) {
  return memory.changes.empty() ? Moment{} : memory.changes.back().at;
}

Moment quiet_since(const Memory& memory) {
  return std::max(memory.obligation->at, changed_at(memory));
}

std::int64_t one_step_back(const Behavior& behavior, const Reading& reading,
                           std::int64_t baseline) {
  if (!goes_by_steps(behavior.policy)) return baseline;
  const bool in = reading.replicas > baseline;
  const auto step = want(behavior.policy, in ? Action::scale_in : Action::scale_out,
                         {reading.replicas, reading.ready, std::nullopt});
  const std::int64_t to = step.value_or(baseline);
  return in ? std::max(to, baseline) : std::min(to, baseline);
}

std::int64_t goal_of(Obligation& left, const Reading& reading, std::int64_t baseline) {
  switch (left.how) {
    case OnResolved::hold:
      return reading.replicas;
    case OnResolved::restore:
      return baseline;
    case OnResolved::min:
      return std::min(left.behavior->limits.min, reading.replicas);
    case OnResolved::step:
      if (!left.to) left.to = one_step_back(*left.behavior, reading, baseline);
      return *left.to;
  }
  return reading.replicas;
}

// The count below this one that the last step came from; the goal if none is known.
std::int64_t level_below(const Memory& memory, std::int64_t replicas, std::int64_t goal) {
  const auto above = std::lower_bound(memory.levels.begin(), memory.levels.end(), replicas);
  return above == memory.levels.begin() ? goal : std::max(goal, *(above - 1));
}

// The least count above the one that failed.
std::int64_t level_above(const Memory& memory, std::int64_t failed) {
  const auto level = std::upper_bound(memory.levels.begin(), memory.levels.end(), failed);
  return level == memory.levels.end() ? failed + 1 : *level;
}

std::optional<Fit> fit_of(const Memory& memory, const Trace& trace, const Reading& reading) {
  if (!trace.measured || !trace.measured->limit) return std::nullopt;
  const auto& [value, at, limit] = *trace.measured;
  const auto ready = reading.ready.value_or(reading.replicas);
  const double serving = mean_serving(memory, at).value_or(static_cast<double>(ready));
  Fit fit{value, *limit, serving * value, 0};
  fit.replicas = enough(serving * value / (*limit * trace.behavior->fit)) +
                 std::max<std::int64_t>(0, reading.replicas - ready);
  if (ready == 0) fit.replicas = reading.replicas;  // what nothing serves is the measure of nothing
  return fit;
}

std::chrono::nanoseconds trial_wait(const Trials& trials) {
  const double factor = std::pow(2.0, std::min(trials.exponent, longest_trial));
  const std::chrono::duration<double, std::nano> wait{static_cast<double>(first_trial.count()) *
                                                      factor};
  return std::max(shortest_trial, std::chrono::duration_cast<std::chrono::nanoseconds>(wait));
}

// The count that a trace's own policy asks for, of the fresh value. None without one.
std::optional<std::int64_t> own_count(const Memory& memory, const Trace& trace,
                                      const Reading& reading) {
  if (!trace.measured) return std::nullopt;
  const auto count = want(trace.behavior->policy, Action::scale_out,
                          {reading.replicas, reading.ready, trace.measured->value,
                           mean_serving(memory, trace.measured->at), trace.behavior->tolerance});
  if (!count) return std::nullopt;
  return clamp(*count, trace.behavior->limits);
}

bool has_steps(const Obligation& left) {
  return std::any_of(left.traces.begin(), left.traces.end(),
                     [](const Trace& trace) { return !follows_value(trace.behavior->policy); });
}

// The condition holds again after a move.
std::int64_t undone_to(const Memory& memory, const Reading& reading) {
  const Obligation& left = *memory.obligation;
  std::int64_t to = reading.replicas;
  if (has_steps(left) && left.before) to = std::max(to, *left.before);
  const auto highest = memory.highest.value_or(reading.replicas);
  for (const Trace& trace : left.traces) {
    if (!follows_value(trace.behavior->policy)) continue;
    to = std::max(to, std::min(highest, own_count(memory, trace, reading).value_or(0)));
  }
  return to;
}

// The waits of a scale-in begin again once the load has been shown to be gone after it was there,
// or was not measured for a while. A lost scrape or two are no such gap.
void note_proof(Memory& memory, const Reading& reading, Evidence evidence, Moment now) {
  Obligation& left = *memory.obligation;
  if (evidence == Evidence::load_there) left.proven_at.reset();
  if (evidence != Evidence::load_gone) return;
  if (!left.proven_at || now - *left.proven_at > longest_gap) {
    left.proven_since = now;
    recommend(memory.recommendations, reading.replicas, reading.replicas, false, now);
  }
  left.proven_at = now;
}

// A way down: what holds the count up, the strongest hold last.
class Descending {
 public:
  Descending(Memory& memory, const Reading& reading, Evidence evidence, Moment now, Restore& result)
      : memory_{memory}, reading_{reading}, evidence_{evidence}, now_{now}, result_{result} {}

  void go(std::int64_t least) {
    const Obligation& left = *memory_.obligation;
    std::int64_t values = least;
    for (const Trace& trace : left.traces) {
      if (!follows_value(trace.behavior->policy)) continue;
      if (!is_asked(evidence_)) continue;  // its value is not known any more
      const auto count = own_count(memory_, trace, reading_);
      if (!count) return stay(Reason::no_evidence);
      if (*count <= values) continue;
      values = *count;
      result_.value = trace.measured->value;
    }
    values = std::min(values, reading_.replicas);
    const auto stepped = has_steps(left) ? steps(least, values) : least;
    result_.by_steps = has_steps(left) && stepped >= values;
    result_.replicas = std::max(values, stepped);
    if (!result_.by_steps) result_.fit.reset();
    if (result_.by_steps) result_.value.reset();
  }

 private:
  void stay(Reason reason) {
    result_.replicas = reading_.replicas;
    result_.reason = reason;
  }
  void wake_at(Moment at) { result_.wake_at = std::min(result_.wake_at.value_or(at), at); }

  // `others`: the count that what follows a value holds.
  std::int64_t steps(std::int64_t least, std::int64_t others) {
    const auto level = std::max(least, level_below(memory_, reading_.replicas, least));
    auto to = std::max(level, fitting(least));
    if (to >= reading_.replicas && level < reading_.replicas && others < reading_.replicas) {
      to = on_trial();
    }
    if (const auto failed = blocked(memory_, now_); failed && to <= failed->replicas) {
      wake_at(failed->until);
      to = std::min(reading_.replicas, level_above(memory_, failed->replicas));
      result_.is_trial = false;
      result_.fit.reset();
      result_.failed = failed->replicas;
      if (to == reading_.replicas) result_.reason = Reason::load_remains;
    }
    return to;
  }

  // The highest count that any shared measure has asked for in the window.
  std::int64_t fitting(std::int64_t least) {
    for (const Trace& trace : memory_.obligation->traces) {
      if (follows_value(trace.behavior->policy)) continue;
      const auto fit = fit_of(memory_, trace, reading_);
      if (fit && (!result_.fit || fit->replicas > result_.fit->replicas)) result_.fit = fit;
    }
    if (!result_.fit) return least;
    const auto fits = std::clamp(result_.fit->replicas, least, reading_.replicas);
    recommend(memory_.fits, fits, reading_.replicas, true, now_);
    const auto window = memory_.obligation->behavior->scale_in.stabilization;
    const auto allowed = stabilize(memory_.fits, fits, reading_.replicas, window, now_);
    if (allowed.replicas >= reading_.replicas) {
      const bool holds = fits >= reading_.replicas;
      result_.reason = holds ? Reason::load_remains : Reason::stabilizing;
      if (!holds && allowed.next_at) wake_at(*allowed.next_at);
    }
    return allowed.replicas;
  }

  // A fit alone holds the count. It may be too cautious, which only a trial can tell.
  std::int64_t on_trial() {
    const Moment at = quiet_since(memory_) + trial_wait(memory_.trials);
    if (now_ < at) {
      wake_at(at);
      return reading_.replicas;
    }
    result_.is_trial = true;
    return reading_.replicas - 1;
  }

  Memory& memory_;
  const Reading& reading_;
  const Evidence evidence_;
  const Moment now_;
  Restore& result_;
};

}  // namespace

Restore restore(Memory& memory, const Reading& reading, Evidence evidence, Moment now) {
  Obligation& left = *memory.obligation;
  Restore result;
  result.replicas = reading.replicas;
  result.behavior = &left.behavior;
  result.goal = goal_of(left, reading, memory.baseline.value_or(reading.replicas));
  if (left.how == OnResolved::hold) {
    result.reason = Reason::held;
    result.is_done = true;
    return result;
  }
  const Limits& limits = left.behavior->limits;
  if (result.goal > reading.replicas) {  // it is a scale-in that is undone
    result.replicas = std::min(result.goal, std::max(limits.max, reading.replicas));
    result.is_done = result.replicas == reading.replicas;
    result.completes = true;
    if (result.is_done) result.reason = Reason::at_max;
    return result;
  }
  note_proof(memory, reading, evidence, now);
  if (evidence == Evidence::load_there && left.moved) {
    const auto highest = memory.highest.value_or(reading.replicas);
    result.replicas = std::clamp(undone_to(memory, reading), reading.replicas,
                                 std::max(highest, reading.replicas));
    result.undoes = result.replicas > reading.replicas;
    if (result.undoes) return result;
  }
  // What its limits do not let it undo is done with.
  const auto least = left.behavior->to_zero ? limits.min : std::max<std::int64_t>(1, limits.min);
  const auto floor = std::max(result.goal, std::min(least, reading.replicas));
  if (floor >= reading.replicas) {
    const Moment watched_until = changed_at(memory) + undo_time;
    result.is_done = !is_asked(evidence) || !left.moved || watched_until <= now;
    if (!result.is_done) result.wake_at = watched_until;
    if (result.goal < reading.replicas) result.reason = Reason::at_min;
    return result;
  }
  if (evidence == Evidence::load_there || evidence == Evidence::unmeasured) {
    result.reason = Reason::no_evidence;
    return result;
  }
  Descending{memory, reading, evidence, now, result}.go(floor);
  result.completes = result.replicas <= floor;
  return result;
}

void note_restored(Memory& memory, std::int64_t from, std::int64_t to, bool is_trial, Moment now) {
  if (to > from) return;  // it was a scale-in that was undone
  memory.descent = {now, to};
  if (memory.obligation) {
    memory.obligation->moved = true;
    memory.obligation->before = from;
  }
  if (!is_trial) return;
  Trials& trials = memory.trials;
  if (trials.under_way) trials.exponent = trials.exponent <= 0 ? trials.exponent - 1 : 0;
  trials.under_way = true;
}

void note_undone(Memory& memory, std::int64_t from, std::int64_t to, Moment now) {
  memory.descent = {now, to};
  if (memory.obligation) {
    memory.obligation->before.reset();
    if (has_steps(*memory.obligation)) note_failure(memory, from, now);
  }
  Trials& trials = memory.trials;
  if (!trials.under_way) return;
  trials.under_way = false;
  trials.exponent = std::max(0, trials.exponent) + 1;
}

}  // namespace scalehook::scaling
