#include "core/explain/wording.hpp"

#include <algorithm>

#include "core/explain/moment.hpp"
#include "core/scaling/reason.hpp"

namespace scalehook::explain {
namespace {

using scaling::Reason;

constexpr std::size_t most_alerts = 3;  // told of one by one
constexpr std::size_t most_labels = 6;

std::string_view because(Reason reason) {
  switch (reason) {
    case Reason::applied:
      return "it has been done already";
    case Reason::dry_run:
      return "the rule only tries what it would do (dry_run)";
    case Reason::no_change:
      return "the workload has the replicas that it should have";
    case Reason::duplicate:
      return "the notification says nothing new: Alertmanager repeats an alert for as long as it "
             "fires";
    case Reason::coalesced:
      return "a later notification came in before it was decided, and both were decided together";
    case Reason::stale:
      return "the notification is out of date: that alert has been resolved since";
    case Reason::old_resolve:
      return "what was resolved is an earlier occurrence, and the alert fires again since";
    case Reason::no_rule:
      return "no rule of scalehook's configuration is about alerts with these labels";
    case Reason::no_target:
      return "the alert does not say which workload is meant";
    case Reason::not_found:
      return "there is no such workload";
    case Reason::bad_action:
      return "the alert does not say, in words that are known, what is to be done";
    case Reason::bad_value:
      return "the rule goes by the alert's value, and there is none that is a number";
    case Reason::ambiguous:
      return "Prometheus has no single series for this alert, so its present value cannot be told";
    case Reason::unconfirmed:
      return "it has not been heard again lately that this is still so";
    case Reason::cooldown:
      return "the last change was too short a time ago, and the rule wants a rest in between "
             "(cooldown); the change is put off, not dropped";
    case Reason::stabilizing:
      return "a change must be asked for throughout a while before it is made, so that not every "
             "short swing is followed (stabilization)";
    case Reason::rate_limited:
      return "the rule allows only so many replicas of change in so much time, and they are used "
             "up "
             "for now";
    case Reason::at_max:
      return "it has the most replicas that the rule allows";
    case Reason::at_min:
      return "it has the fewest replicas that the rule allows";
    case Reason::held:
      return "the replicas are to be left as they are";
    case Reason::paused:
      return "somebody has paused the scaling of it";
    case Reason::zero:
      return "it has 0 replicas, so somebody has switched it off, and scalehook does not switch it "
             "on again";
    case Reason::hpa_owns:
      return "another autoscaler is in charge of the workload, and the two would undo each other's "
             "work";
    case Reason::owner_unknown:
      return "it cannot be told whether another autoscaler is in charge of the workload";
    case Reason::same_object:
      return "another target names the same workload, and it is being scaled by that one";
    case Reason::frozen:
      return "too many workloads want to have fewer replicas at once, which looks like a fault of "
             "the monitoring and not like less load; all of them keep theirs";
    case Reason::budget:
      return "the changes that are allowed in an hour are used up";
    case Reason::no_evidence:
      return "the alert is gone, but nothing shows that the load is";
    case Reason::load_remains:
      return "with fewer replicas the alert would come back";
    case Reason::undone:
      return "the last restore has been taken back already";
    case Reason::no_effect:
      return "its last steps have not helped";
    case Reason::changed_by_others:
      return "somebody else has changed the replicas meanwhile, and that is not undone";
    case Reason::rebased:
      return "somebody else has changed the replicas meanwhile, and theirs is now the count to go "
             "back to";
    case Reason::contested:
      return "somebody else keeps changing the replicas back, so scalehook leaves them alone";
    case Reason::expired:
      return "nothing has been heard of the alert for so long that it no longer counts";
    case Reason::suppressed:
      return "the alert is silenced in Alertmanager, or inhibited by another one";
    case Reason::refused_by_cluster:
      return "the cluster did not accept it";
    case Reason::failed:
      return "it could not be carried out";
  }
  return "";
}

std::string labels(const SeenAlert& alert) {
  if (alert.particular.empty()) return "";
  std::string text;
  for (std::size_t index = 0; index < std::min(most_labels, alert.particular.size()); ++index) {
    text += (index == 0 ? " (" : ", ") + alert.particular[index];
  }
  return text + (alert.particular.size() > most_labels ? ", …)" : ")");
}

std::string about(const SeenAlert& alert, alert::Time now) {
  std::string text =
      alert.name.empty() ? "An alert without a name" : "Alert \"" + alert.name + "\"";
  if (alert.firing) {
    text += alert.since ? " was firing since " + time_beside(*alert.since, now) : " was firing";
    if (!alert.value.empty()) text += " with the value " + alert.value;
  } else {
    text += alert.until ? " was resolved " + at_time(*alert.until, now) : " was resolved";
  }
  text += labels(alert) + ".";
  if (!alert.summary.empty() && alert.firing) {
    const bool is_sentence = alert.summary.back() == '.' || alert.summary.back() == '!';
    text += " It says: \"" + alert.summary + (is_sentence ? "\"" : "\".");
  }
  return text;
}

}  // namespace

std::string replicas(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " replica" : " replicas");
}

bool is_change(const Entry& entry) {
  const auto reason = scaling::parse_reason(entry.reason);
  return reason && scaling::is_change(*reason);
}

std::string headline(const Entry& entry) {
  const bool tried = entry.reason == "dry-run";
  if ((is_change(entry) || tried) && entry.to) {
    std::string text = tried ? "would have been scaled" : "scaled";
    if (!entry.direction.empty()) text += " " + entry.direction;
    if (entry.from) text += " from " + std::to_string(*entry.from);
    return text + " to " + replicas(*entry.to) + (tried ? " (dry run)" : "");
  }
  if (entry.target.empty()) return "an alert came to no workload";
  const std::string text = "nothing was done";
  if (!entry.from) return text;
  return text + "; it keeps its " + replicas(*entry.from);
}

std::string because(std::string_view reason) {
  const auto known = scaling::parse_reason(reason);
  if (reason == "flapping") {  // of versions before 0.2
    return "the alert came back soon after the replicas were last taken back";
  }
  if (!known) return "of \"" + std::string{reason} + "\"";
  return std::string{because(*known)};
}

std::string alerts(const std::vector<SeenAlert>& alerts, std::size_t in_all, alert::Time now) {
  std::string text;
  const auto told = std::min(most_alerts, alerts.size());
  for (std::size_t index = 0; index < told; ++index) {
    text += (index == 0 ? "" : " ") + about(alerts[index], now);
  }
  if (const auto more = std::max(in_all, alerts.size()) - told; more > 0) {
    text += " And " + std::to_string(more) + (more == 1 ? " more alert." : " more alerts.");
  }
  return text;
}

std::string sentence(std::string text) {
  if (text.empty()) return text;
  if (text.front() >= 'a' && text.front() <= 'z') {
    text.front() = static_cast<char>(text.front() - 'a' + 'A');
  }
  if (text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
  return text;
}

}  // namespace scalehook::explain
