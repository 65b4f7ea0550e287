#include <algorithm>
#include <iomanip>
#include <sstream>
#include <string>
#include <variant>

#include "core/scaling/decide.hpp"

namespace scalehook::scaling {
namespace {

std::string counted(std::int64_t replicas) {
  return std::to_string(replicas) + (replicas == 1 ? " replica" : " replicas");
}

std::string duration(std::chrono::seconds time) {
  if (time.count() % 3600 == 0) return std::to_string(time.count() / 3600) + "h";
  if (time.count() % 60 == 0) return std::to_string(time.count() / 60) + "m";
  return std::to_string(time.count()) + "s";
}

std::string rule_text(const Decision& decision) { return "rule \"" + decision.rule() + "\""; }

std::string number(double value, int digits = 6) {
  std::ostringstream text;
  text << std::setprecision(digits) << value;
  return text.str();
}

// How a policy came to the count.
struct How {
  const Decision& decision;

  std::string value() const { return number(decision.value.value_or(0)); }
  std::string way() const { return decision.action == Action::scale_in ? "fewer" : "more"; }

  std::string operator()(const Step& step) const {
    return std::to_string(step.replicas) + " " + way() + " a step";
  }
  std::string operator()(const Percent& percent) const {
    return number(percent.percent) + " % " + way() + " a step";
  }
  std::string operator()(const Ratio& ratio) const {
    return "what serves, times " + value() + " / " + number(ratio.target);
  }
  std::string operator()(const PerReplica& per_replica) const {
    return value() + " / " + number(per_replica.target) + ", rounded up";
  }
  std::string operator()(const Set& set) const {
    return set.replicas ? "set" : "the alert's value";
  }
};

// "alert "Busy" is resolved"; of many the first two are named.
std::string resolved(const Decision& decision) {
  const auto& names = decision.resolved;
  if (names.empty()) return "resolved";
  if (names.size() == 1) return "alert \"" + names[0] + "\" is resolved";
  std::string text = "alerts \"" + names[0] + "\"";
  if (names.size() == 2) return text + " and \"" + names[1] + "\" are resolved";
  return text + ", \"" + names[1] + "\" and " + std::to_string(names.size() - 2) +
         " more are resolved";
}

std::string measure_at(const Fit& fit, std::int64_t replicas) {
  const double each = fit.load / static_cast<double>(std::max<std::int64_t>(1, replicas));
  return "at " + counted(replicas) + " the measure " + number(fit.measure, 3) + " would be " +
         number(each, 3) + " of " + number(fit.limit);
}

// Why a restore does not go all of its way at once.
std::string held_up(const Decision& decision) {
  const auto to = decision.wanted.value_or(0);
  if (decision.failed) {
    return ", and no further: at " + counted(*decision.failed) +
           " the alert came back not long ago";
  }
  if (decision.is_trial) return ", to try whether one fewer will do";
  if (decision.fit) return ": " + measure_at(*decision.fit, to);
  return {};
}

// How far a restore goes now.
std::string restored(const Decision& decision) {
  const auto to = decision.wanted.value_or(0);
  const auto baseline = decision.baseline.value_or(0);
  if (to == decision.from && decision.reason != Reason::at_min) {
    return " is to go back to " + counted(baseline) + ", the count before it fired";
  }
  if (to == baseline || decision.completes || decision.reason == Reason::at_min) {
    return " goes back to " + counted(baseline) + ", the count before it fired";
  }
  std::string text = " goes back to " + counted(to) + ", not yet to " + std::to_string(baseline);
  if (decision.value) {
    return text + " (" + std::visit(How{decision}, decision.behavior->policy) + ")";
  }
  const std::string why = held_up(decision);
  return text + (why.empty() ? ": steps go back one at a time" : why);
}

// What the decision comes of.
std::string cause(const Decision& decision) {
  const std::string rule = rule_text(decision);
  switch (decision.because) {
    case Because::nothing_fires:
      return "nothing fires for this target";
    case Because::asked:
      return rule + " asks for " + counted(decision.want.value_or(0)) + " (" +
             std::visit(How{decision}, decision.behavior->policy) + ")";
    case Because::held:
      return rule + " holds the count while it fires";
    case Because::suppressed:
      return "the alert of " + rule + " is silenced or inhibited in Alertmanager, so nothing moves";
    case Because::no_value:
      return rule +
             " scales by the alert's value, and it has none that is a number: add the annotation "
             "value: \"{{ $value }}\"";
    case Because::left:
      return resolved(decision) + "; " + rule + " leaves the count as it is (on_resolved: hold)";
    case Because::restored:
      return resolved(decision) + "; " + rule + restored(decision);
    case Because::minimized:
      return resolved(decision) + "; " + rule + " goes to its minimum" + held_up(decision);
    case Because::stepped:
      return resolved(decision) + "; " + rule + " takes one step back" + held_up(decision);
    case Because::undone:
      return resolved(decision) + ", but in Prometheus its condition holds again at " +
             counted(decision.from.value_or(0)) + ", so the last move is taken back";
  }
  return {};
}

std::string direction(const Decision& decision) {
  return decision.move == Move::out ? "scale_out" : "scale_in";
}

std::string limit(const Decision& decision, bool upper) {
  if (!decision.behavior) return {};
  const Limits& limits = decision.behavior->limits;
  if (upper && decision.target_max) {
    return "; the target's own max is " + std::to_string(*decision.target_max);
  }
  if (upper) return "; max is " + std::to_string(limits.max);
  const auto least =
      decision.behavior->to_zero ? limits.min : std::max<std::int64_t>(1, limits.min);
  return "; min is " + std::to_string(least);
}

// Why it is less than was asked for, though it moves.
std::string limits(const Decision& decision) {
  std::string text;
  if (decision.because == Because::asked && decision.behavior && decision.want) {
    const Limits& limits = decision.behavior->limits;
    if (decision.move == Move::out && *decision.want > limits.max) text += limit(decision, true);
    if (decision.move == Move::in && *decision.want < limits.min) text += limit(decision, false);
  }
  for (std::size_t index = 0; index < decision.passed_count; ++index) {
    const auto& [stage, replicas] = decision.passed.at(index);
    const std::string now = std::to_string(replicas) + " for now: ";
    if (stage == Stage::stabilization) text += "; " + now + direction(decision) + ".stabilization";
    if (stage == Stage::rates) text += "; " + now + direction(decision) + ".policies";
    if (stage == Stage::bounds && (text.empty() || decision.target_max))
      text += limit(decision, decision.move == Move::out);
  }
  return text;
}

std::string delay(const Decision& decision) {
  const Behavior& behavior = *decision.behavior;
  const bool out = decision.move == Move::out;
  switch (decision.reason) {
    case Reason::cooldown:
      if (decision.by_steps) {
        return "; a step goes back " + duration(behavior.cooldown.in) +
               " after the resolve and the last change (cooldown.in), so it waits";
      }
      return "; the last change was less than " +
             duration(out ? behavior.cooldown.out : behavior.cooldown.in) + " ago (cooldown." +
             (out ? "out" : "in") + "), so it waits";
    case Reason::stabilizing:
      if (decision.by_steps) {
        return "; a step goes back " + duration(behavior.scale_in.stabilization) +
               " after the resolve and the last change (scale_in.stabilization), so it waits";
      }
      return std::string{"; "} + (out ? "less" : "more") + " was wanted within the last " +
             duration(out ? behavior.scale_out.stabilization : behavior.scale_in.stabilization) +
             " (" + direction(decision) + ".stabilization), so it waits";
    case Reason::rate_limited:
      return (out ? behavior.scale_out : behavior.scale_in).select == Select::disabled
                 ? "; " + direction(decision) + ".select: disabled forbids it"
                 : "; " + direction(decision) + ".policies allow no more now, so it waits";
    default:
      return {};
  }
}

// Why nothing, or not all, is done.
std::string obstacle(const Decision& decision) {
  switch (decision.reason) {
    case Reason::no_change:
      if (decision.because != Because::asked) return {};
      return decision.wanted.value_or(0) >= decision.baseline.value_or(0) &&
                     decision.action != Action::scale_in
                 ? ", no more than it has"
                 : ", no fewer than it has";
    case Reason::held:
      return decision.because == Because::asked
                 ? "; what another rule has raised stays (on_resolved: hold)"
                 : "";
    case Reason::at_max:
      return limit(decision, true);
    case Reason::at_min:
      return limit(decision, false);
    case Reason::zero:
      return "; it has none and so was switched off: from_zero: true would start it";
    case Reason::paused:
      return "; " + decision.detail;
    case Reason::unconfirmed:
      return decision.move == Move::in
                 ? "; scalehook has just started and has not heard since that it is so, so it waits"
                 : "; a further step waits until Alertmanager says again that it still fires";
    case Reason::load_remains:
      if (decision.failed) {
        return "; at " + counted(*decision.failed) +
               " the alert came back not long ago, so that is not gone to again for some time";
      }
      if (!decision.fit) return "; the load remains, so the count stays";
      return "; but " + measure_at(*decision.fit, decision.from.value_or(0) - 1) +
             ", so the count stays";
    case Reason::no_effect:
      return "; its last three steps have not made the measure 5 % better, so it asks for no more "
             "(no_effect: stop)";
    case Reason::no_evidence:
      return decision.evidence == Evidence::load_there
                 ? "; but in Prometheus the alert's condition still holds, so the count stays"
                 : "; but Prometheus does not measure the load now, so the count stays; what it is "
                   "asked is the alert's expression, or evidence_query";
    case Reason::contested:
      return "; others have taken back what scalehook wrote three times within ten minutes, so it "
             "writes no more until nothing fires, or it is told to resume";
    case Reason::budget:
      return "; the budget of changes for this hour is used up, so it waits";
    case Reason::frozen:
      return "; too many targets want to be scaled in at once, so scale-in is frozen";
    case Reason::rebased:
      return "; somebody else has set " + counted(decision.from.value_or(0)) +
             ", which is what it goes back to from now on";
    default:
      if (!decision.behavior) return {};
      return decision.to ? limits(decision) : delay(decision);
  }
}

}  // namespace

std::string sentence(const Decision& decision) {
  const std::string note = decision.note.empty() ? "" : "; " + decision.note;
  if (decision.reason == Reason::changed_by_others) {
    return resolved(decision) + "; somebody else has set " + counted(decision.from.value_or(0)) +
           " meanwhile, so that is left as it is";
  }
  // A fault speaks for itself.
  if (decision.reason == Reason::paused || decision.detail.empty()) {
    return cause(decision) + obstacle(decision) + note;
  }
  return decision.detail;
}

}  // namespace scalehook::scaling
