#include "plugins/email/message.hpp"

#include <algorithm>

#include "plugins/email/date.hpp"
#include "plugins/email/mime.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

constexpr std::size_t kValueLimit = 4096;  // of one text, in bytes
constexpr std::size_t kNameLimit = 256;
constexpr std::size_t kAlertsLimit = 98304;  // no further alert is begun after so much body
constexpr std::size_t kAlertLimit = 32768;   // of one alert's labels and annotations
constexpr std::size_t kSubjectLimit = 200;

// "2 -> 3", "stays at 2", or empty when nothing was read.
std::string movement(const Event& event) {
  if (event.from && event.to && event.from != event.to) {
    return std::to_string(*event.from) + " -> " + std::to_string(*event.to);
  }
  if (event.from) return "stays at " + std::to_string(*event.from);
  return {};
}

std::string headline(const Event& event) {
  auto line = event.target_text.empty() ? std::string("no target") : event.target_text;
  line += ':';
  const auto moved = movement(event);
  if (!moved.empty()) line += ' ' + moved;
  const bool plain = event.kind == "scaled" || (event.kind == "unchanged" && !moved.empty());
  if (!plain) line += ' ' + event.kind;
  if (!event.reason.empty() && event.reason != event.kind) line += " (" + event.reason + ')';
  return shortened(one_line(line), kSubjectLimit);
}

std::string replicas(std::int64_t count) {
  return std::to_string(count) + (count == 1 ? " replica" : " replicas");
}

// In words, so that nobody has to guess what the arrow means.
std::string sentence(const Event& event) {
  const auto target = event.target_text.empty() ? "No workload" : event.target_text;
  if (!event.from) return target + " was not scaled (its replicas were not read).";
  if (!event.to || event.to == event.from)
    return target + " stays at " + replicas(*event.from) + '.';
  if (event.kind != "scaled") {
    return target + " has " + replicas(*event.from) + " and was not scaled to " +
           std::to_string(*event.to) + '.';
  }
  return target + (event.dry_run ? " would go from " : " went from ") +
         std::to_string(*event.from) + " to " + replicas(*event.to) +
         (event.dry_run ? " (dry run)." : ".");
}

void field(std::string& out, std::string_view name, std::string_view value) {
  const auto clean = shortened(one_line(value), kValueLimit);
  if (clean.empty()) return;
  out += std::string(name) + ':' + std::string(name.size() < 13 ? 13 - name.size() : 1, ' ');
  out += clean + '\n';
}

// A further line of a value is indented, so that it cannot pass for a line of ours.
void pair(std::string& out, const std::string& name, std::string_view value) {
  const auto cut = shortened(value, kValueLimit);
  auto rest = std::string_view(cut);
  out += "    " + shortened(one_line(name), kNameLimit) + ": ";
  for (bool first = true; first || !rest.empty(); first = false) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!first) out += "        ";
    out += visible(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line) + '\n';
  }
}

void pairs(std::string& out, std::string_view title, const Labels& labels) {
  if (labels.empty()) return;
  out += "  " + std::string(title) + ":\n";
  const auto start = out.size();
  std::size_t shown = 0;
  for (const auto& [name, value] : labels) {
    if (out.size() - start > kAlertLimit / 2) break;
    pair(out, name, value);
    ++shown;
  }
  if (shown < labels.size()) {
    out += "    and " + std::to_string(labels.size() - shown) + " more\n";
  }
}

void alert(std::string& out, const Alert& alert) {
  const auto found = alert.labels.find("alertname");
  const auto name = found == alert.labels.end() ? "(no alertname)" : found->second;
  out += '\n' + shortened(one_line(alert.status + ": " + name), kNameLimit) + '\n';
  field(out, "  since", alert.starts_at);
  if (alert.status == "resolved") field(out, "  until", alert.ends_at);
  pairs(out, "labels", alert.labels);
  pairs(out, "annotations", alert.annotations);
  field(out, "  source", alert.generator_url);
}

// Letters, digits and '-' as they are, anything else in hexadecimal: always a dot-atom.
std::string message_id_part(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  for (const char c : text) {
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
    const auto value = static_cast<unsigned char>(c);
    if (plain) {
      result += c;
    } else {
      ((result += '_') += digits[value >> 4]) += digits[value & 15];
    }
  }
  return result;
}

}  // namespace

std::string subject(const Event& event) { return "[scalehook] " + headline(event); }

std::string body(const Event& event) {
  std::string out = shortened(one_line(sentence(event)), kValueLimit) + "\n\n";
  field(out, "Why", event.explanation);
  field(out, "Reason", event.reason);
  field(out, "Rule", event.rule);
  field(out, "Action", event.action);
  field(out, "Time", to_utc_text(event.time));
  if (event.dry_run) field(out, "Dry run", "yes: nothing was changed");
  field(out, "Alertmanager", event.external_url);
  field(out, "Event", event.id);

  std::size_t shown = 0;
  if (!event.alerts.empty()) out += "\nThe alerts behind it:\n";
  for (const auto& one : event.alerts) {
    if (out.size() > kAlertsLimit) break;
    alert(out, one);
    ++shown;
  }
  if (shown < event.alerts.size()) {
    out += "\nand " + std::to_string(event.alerts.size() - shown) + " more alerts\n";
  }
  return out;
}

std::string compose(const Event& event, const Envelope& envelope) {
  const auto id = message_id_part(event.id) + '.' + message_id_part(envelope.instance) + '@' +
                  std::string(domain(envelope.from));
  return "Date: " + to_rfc5322(event.time) + "\r\n" + address_header("From", {envelope.from}) +
         address_header("To", envelope.to) + header("Subject", subject(event)) + "Message-ID: <" +
         id +
         ">\r\n"
         "Auto-Submitted: auto-generated\r\n"
         "MIME-Version: 1.0\r\n"
         "Content-Type: text/plain; charset=utf-8\r\n"
         "Content-Transfer-Encoding: quoted-printable\r\n"
         "\r\n" +
         quoted_printable(body(event));
}

}  // namespace scalehook::email
