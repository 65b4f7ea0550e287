#include "plugins/email/headline.hpp"

#include <algorithm>
#include <set>
#include <vector>

namespace scalehook::email {
namespace {

constexpr std::size_t kNamed = 2;  // alerts

std::string replicas(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " replica" : " replicas");
}

std::string name_of(const Alert& alert) {
  const auto name = alert.labels.find("alertname");
  return name == alert.labels.end() || name->second.empty() ? "(no alertname)" : name->second;
}

bool moves(const Event& event) { return event.from && event.to && event.from != event.to; }

// "failed, not scaled 2 -> 3"
std::string fate(const Event& event) {
  const auto moved = movement(event);
  if (moved.empty()) return event.kind;
  if (event.kind == "scaled") return (event.dry_run ? "dry run, " : "") + moved;
  if (event.kind == "unchanged" && !moves(event)) return moved;
  return event.kind + (moves(event) ? ", not scaled " : ", ") + moved;
}

// "Busy firing", "Busy, Idle and 3 more resolved"; empty if there are none such.
std::string alerts_that_are(std::string_view status, const Event& event) {
  std::string list;
  std::set<std::string> names;
  for (const auto& alert : event.alerts) {
    if (alert.status != status) continue;
    auto name = name_of(alert);
    if (names.size() < kNamed && !names.contains(name)) list += (list.empty() ? "" : ", ") + name;
    names.insert(std::move(name));
  }
  if (names.size() > kNamed) list += " and " + std::to_string(names.size() - kNamed) + " more";
  return list.empty() ? list : list + ' ' + std::string(status);
}

// Why it was scaled, as an engineer knows the reason: by its alerts.
std::string alerts_behind(const Event& event) {
  const auto firing = alerts_that_are("firing", event);
  const auto resolved = alerts_that_are("resolved", event);
  return firing + (firing.empty() || resolved.empty() ? "" : "; ") + resolved;
}

std::string reason_of(const Event& event) {
  return event.reason.empty() || event.reason == event.kind ? "" : " (" + event.reason + ')';
}

// What became of one workload in several events.
struct Course {
  std::string workload;
  std::optional<std::int64_t> from{};
  std::optional<std::int64_t> to{};
  bool failed{}, refused{}, changed{}, dry_run{};

  void take(const Event& event) {
    if (!from) from = event.from;
    const auto& now = email::changed(event) ? event.to : event.from;
    if (now) to = now;
    failed |= event.kind == "failed";
    refused |= event.kind == "refused";
    changed |= email::changed(event);
    dry_run |= event.dry_run;
  }
  int rank() const { return failed ? 0 : refused ? 1 : 2; }  // the worst first
  std::string text() const {
    if (failed) return " failed";
    if (refused) return " refused";
    if (dry_run && !changed) return " dry run";
    if (!from || !to) return {};
    if (from != to) return ' ' + std::to_string(*from) + " -> " + std::to_string(*to);
    return (changed ? " back at " : " stays at ") + std::to_string(*to);
  }
};

std::vector<Course> courses(std::span<const Event> events) {
  std::vector<Course> result;
  for (const auto& event : events) {
    const auto name = workload(event);
    auto course = std::ranges::find(result, name, &Course::workload);
    if (course == result.end()) course = result.insert(result.end(), Course{.workload = name});
    course->take(event);
  }
  std::ranges::stable_sort(result, {}, &Course::rank);
  return result;
}

}  // namespace

bool changed(const Event& event) { return event.kind == "scaled" && !event.dry_run; }

std::string workload(const Event& event) {
  if (!event.target_text.empty()) return event.target_text;
  return event.alerts.empty() ? "no workload" : "alert " + name_of(event.alerts.front());
}

std::string movement(const Event& event, std::string_view between) {
  if (moves(event)) {
    return std::to_string(*event.from) + std::string(between) + std::to_string(*event.to);
  }
  if (event.from) return "stays at " + std::to_string(*event.from);
  return {};
}

std::string brief(const Event& event) {
  return workload(event) + ": " + fate(event) + (event.kind == "scaled" ? "" : reason_of(event));
}

std::string headline(const Event& event) {
  const auto alerts = event.kind == "scaled" ? alerts_behind(event) : std::string();
  const auto line = workload(event) + ": " + fate(event);
  if (!alerts.empty()) return line + " (" + alerts + ')';
  return line + (event.explanation.empty() ? reason_of(event) : ": " + event.explanation);
}

std::string tally(std::span<const Event> events) {
  const auto count = std::to_string(events.size());
  if (std::ranges::all_of(events, changed)) return count + " changes";
  auto line = count + " decisions";
  for (const std::string_view kind : {"failed", "refused"}) {
    const auto such = std::ranges::count(events, kind, &Event::kind);
    if (such > 0) (line += ", " + std::to_string(such) + ' ') += kind;
  }
  return line;
}

std::string headline(std::span<const Event> events) {
  if (events.size() == 1) return headline(events.front());
  auto line = tally(events);
  auto separator = ": ";
  for (const auto& course : courses(events)) {
    line += separator + course.workload + course.text();
    separator = ", ";
  }
  return line;
}

std::string sentence(const Event& event) {
  if (event.target_text.empty()) {
    const auto alert = event.alerts.empty() ? "An alert" : "Alert " + name_of(event.alerts.front());
    return alert + " was turned away: nothing was scaled.";
  }
  const auto& target = event.target_text;
  if (event.kind == "scaled" && moves(event)) {
    return target + (event.dry_run ? " would go from " : " went from ") +
           std::to_string(*event.from) + " to " + replicas(*event.to) +
           (event.dry_run ? " (dry run)." : ".");
  }
  const bool failed = event.kind == "failed";
  if (failed || event.kind == "refused") {
    const auto scaling = "Scaling " + target;
    const auto end = failed ? " failed" : " was refused";
    if (moves(event)) {
      return scaling + " from " + std::to_string(*event.from) + " to " + replicas(*event.to) + end +
             '.';
    }
    if (!event.from) return scaling + end + '.';
    return scaling + end + (failed ? "; it has " : "; it stays at ") + replicas(*event.from) + '.';
  }
  if (!event.from) return target + " was not scaled.";
  if (!moves(event)) return target + " stays at " + replicas(*event.from) + '.';
  return target + " has " + replicas(*event.from) + " and was not scaled to " +
         std::to_string(*event.to) + '.';
}

}  // namespace scalehook::email
