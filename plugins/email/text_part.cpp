#include "plugins/email/text_part.hpp"

#include <string_view>

#include "plugins/email/headline.hpp"
#include "plugins/email/report.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

constexpr std::size_t kLineLimit = 4096;
constexpr std::size_t kListedLimit = 512;  // of an event's line in the list of several
constexpr std::size_t kLimit = 98304;      // no further event or alert is begun after so much

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

void tell(std::string& out, const AlertReport& alert) {
  out += '\n' + alert.status + ": " + alert.name + '\n';
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
}

void tell(std::string& out, const Event& event) {
  out += shortened(one_line(sentence(event)), kLineLimit) + "\n\n";
  for (const auto& [name, value] : facts(event)) field(out, name, value);

  std::size_t shown = 0;
  if (!event.alerts.empty()) out += "\nThe alerts behind it:\n";
  for (const auto& one : event.alerts) {
    if (out.size() > kLimit) break;
    tell(out, report(one));
    ++shown;
  }
  if (shown < event.alerts.size()) {
    out += "\nand " + std::to_string(event.alerts.size() - shown) + " more alerts\n";
  }
}

}  // namespace

std::string text_part(std::span<const Event> events) {
  std::string out;
  if (events.size() == 1) {
    tell(out, events.front());
    return out;
  }
  out += tally(events) + ":\n\n";
  for (const auto& event : events) {
    out += "  " + shortened(one_line(headline(event)), kListedLimit) + '\n';
  }
  std::size_t told = 0;
  for (const auto& event : events) {
    if (out.size() > kLimit) break;
    out += "\n--------\n" + std::to_string(++told) + ". ";
    tell(out, event);
  }
  if (told < events.size()) {
    out += "\nThe list above has " + std::to_string(events.size() - told) + " more.\n";
  }
  return out;
}

}  // namespace scalehook::email
