#include "plugins/email/headline.hpp"

#include <algorithm>
#include <vector>

namespace scalehook::email {
namespace {

std::string replicas(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " replica" : " replicas");
}

bool changed(const Event& event) { return event.kind == "scaled" && !event.dry_run; }

}  // namespace

std::string workload(const Event& event) {
  return event.target_text.empty() ? "no target" : event.target_text;
}

std::string movement(const Event& event, std::string_view arrow) {
  if (event.from && event.to && event.from != event.to) {
    return std::to_string(*event.from) + ' ' + std::string(arrow) + ' ' + std::to_string(*event.to);
  }
  if (event.from) return "stays at " + std::to_string(*event.from);
  return {};
}

std::string headline(const Event& event) {
  auto line = workload(event) + ':';
  const auto moved = movement(event);
  if (!moved.empty()) line += ' ' + moved;
  const bool plain = event.kind == "scaled" || (event.kind == "unchanged" && !moved.empty());
  if (!plain) line += ' ' + event.kind;
  if (!event.reason.empty() && event.reason != event.kind) line += " (" + event.reason + ')';
  return line;
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
  auto line = tally(events) + ": ";
  std::vector<std::string> named;
  for (const auto& event : events) {
    auto name = workload(event);
    if (std::ranges::find(named, name) != named.end()) continue;
    line += (named.empty() ? "" : ", ") + name;
    named.push_back(std::move(name));
  }
  return line;
}

std::string sentence(const Event& event) {
  const auto target = event.target_text.empty() ? "No workload" : event.target_text;
  if (!event.from) return target + " was not scaled (its replicas were not read).";
  if (!event.to || event.to == event.from) {
    return target + " stays at " + replicas(*event.from) + '.';
  }
  if (event.kind != "scaled") {
    return target + " has " + replicas(*event.from) + " and was not scaled to " +
           std::to_string(*event.to) + '.';
  }
  return target + (event.dry_run ? " would go from " : " went from ") +
         std::to_string(*event.from) + " to " + replicas(*event.to) +
         (event.dry_run ? " (dry run)." : ".");
}

}  // namespace scalehook::email
