#include "plugins/email/text_part.hpp"

#include <string_view>

#include "plugins/email/headline.hpp"
#include "plugins/email/part.hpp"
#include "plugins/email/report.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

constexpr std::size_t kLineLimit = 2048;
constexpr std::size_t kListedLimit = 256;  // of an event's line in the list of several
constexpr std::size_t kListLimit = 40960;  // no further one is written after so much
constexpr std::size_t kLimit = 90112;      // and no further event or alert

void field(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += std::string(name) + ':' + std::string(name.size() < 13 ? 13 - name.size() : 1, ' ');
  (out += value) += '\n';
}

// A further line of a value is indented, so that it cannot pass for a line of ours.
void pair(std::string& out, std::string_view name, std::string_view value) {
  ((out += "    ") += name) += ": ";
  bool first = true;
  for (const auto& line : lines(value)) {
    if (!first) out += "        ";
    (out += line) += '\n';
    first = false;
  }
}

void pairs(std::string& out, const Pairs& pairs, std::size_t left) {
  for (const auto& [name, value] : pairs) pair(out, name, value);
  if (left > 0) out += "    and " + std::to_string(left) + " more\n";
}

std::string tell(const AlertReport& alert) {
  auto out = '\n' + alert.status + ": " + alert.name + '\n';
  field(out, "  since", alert.since);
  field(out, "  until", alert.until);
  const bool annotated = !alert.annotations.empty() || !alert.summary.empty() ||
                         !alert.description.empty() || !alert.runbook.empty();
  if (annotated) out += "  annotations:\n";
  if (!alert.summary.empty()) pair(out, "summary", alert.summary);
  if (!alert.description.empty()) pair(out, "description", alert.description);
  if (!alert.runbook.empty()) pair(out, "runbook_url", alert.runbook);
  pairs(out, alert.annotations, alert.annotations_left);
  if (!alert.labels.empty()) out += "  labels:\n";
  pairs(out, alert.labels, alert.labels_left);
  field(out, "  source", alert.source);
  return out;
}

// After a `lead`; whether there was room for it.
bool tell(Part& part, const std::string& lead, const Event& event) {
  auto out = lead + fitting(one_line(sentence(event)), kLineLimit) + "\n\n";
  for (const auto& [name, value] : facts(event)) field(out, name, value);
  if (!event.alerts.empty()) out += "\nThe alerts behind it:\n";
  if (!part.add_within(kLimit, out)) return false;

  std::size_t shown = 0;
  for (const auto& one : event.alerts) {
    if (!part.add_within(kLimit, tell(report(one)))) break;
    ++shown;
  }
  if (shown < event.alerts.size()) {
    part.add("\nand " + std::to_string(event.alerts.size() - shown) + " more alerts\n");
  }
  return true;
}

void list(Part& part, std::span<const Event> events) {
  part.add(tally(events) + ":\n\n");
  std::size_t listed = 0;
  for (const auto& event : events) {
    const auto line = shortened(one_line(brief(event)), kListedLimit);
    if (!part.add_within(kListLimit, "  " + line + '\n')) break;
    ++listed;
  }
  if (listed < events.size()) {
    part.add("  and " + std::to_string(events.size() - listed) + " more\n");
  }
}

}  // namespace

std::string text_part(std::span<const Event> events) {
  Part part;
  if (events.size() == 1) {
    tell(part, {}, events.front());
    return part.text();
  }
  list(part, events);
  std::size_t told = 0;
  for (const auto& event : events) {
    if (!tell(part, "\n--------\n" + std::to_string(told + 1) + ". ", event)) break;
    ++told;
  }
  if (told < events.size()) {
    part.add("\nThe list above has " + std::to_string(events.size() - told) + " more.\n");
  }
  return part.text();
}

}  // namespace scalehook::email
