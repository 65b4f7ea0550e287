#include "plugins/email/html_part.hpp"

#include <string_view>

#include "plugins/email/headline.hpp"
#include "plugins/email/part.hpp"
#include "plugins/email/report.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

constexpr std::size_t kLineLimit = 2048;
constexpr std::size_t kCellLimit = 192;
constexpr std::size_t kTableLimit = 57344;  // no further row is written after so much
constexpr std::size_t kLimit = 98304;       // and no further event or alert

// Text takes the reader's colour. These can be told from light and from dark ground alike.
constexpr std::string_view kGrey = "#888";
constexpr std::string_view kGreen = "#2da44e";
constexpr std::string_view kAmber = "#bf8700";
constexpr std::string_view kRed = "#e5484d";
constexpr std::string_view kBlue = "#3b82f6";

constexpr std::string_view kHead =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head>\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta name=\"color-scheme\" content=\"light dark\">\n"
    "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
    "<style>:root { color-scheme: light dark }</style>\n"
    "</head>\n"
    "<body style=\"margin:0;padding:16px\">\n"
    "<div style=\"max-width:640px;margin:0 auto;overflow-wrap:anywhere;word-break:break-word;"
    "font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif\">\n";
constexpr std::string_view kFoot = "</div>\n</body>\n</html>\n";

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

std::string block(std::string_view text) {
  std::string result;
  for (const auto& line : lines(text)) result += escaped(line) + "<br>\n";
  return result.substr(0, result.rfind("<br>"));
}

std::string pale(std::string_view html) {
  return "<span style=\"opacity:.7\">" + std::string(html) + "</span>";
}

// A link where there may be one, else the text.
std::string linked(std::string_view text) {
  if (!is_link(text)) return block(text);
  const auto url = escaped(text);
  return "<a href=\"" + url + "\">" + url + "</a>";
}

// What is no link stands there as text, after its title.
std::string link(std::string_view url, std::string_view title) {
  if (!is_link(url)) return pale(escaped(title) + ":") + ' ' + escaped(url);
  return "<a href=\"" + escaped(url) + "\">" + escaped(title) + "</a>";
}

std::string_view colour(const Event& event) {
  if (event.kind == "failed") return kRed;
  if (event.kind == "refused") return kAmber;
  return changed(event) ? kBlue : kGrey;
}

// A table whose left column are names.
std::string table(const std::string& rows) {
  return "<table role=\"presentation\" style=\"border-collapse:collapse;font-size:14px;"
         "margin:8px 0\">\n" +
         rows + "</table>\n";
}

// A short word is not broken, however narrow its column.
std::string_view whole(std::string_view text) {
  return text.size() <= 20 ? ";white-space:nowrap" : "";
}

std::string row(std::string_view name, const std::string& html) {
  return "<tr><td style=\"vertical-align:top;padding:1px 12px 1px 0" + std::string(whole(name)) +
         "\">" + pale(escaped(name)) + "</td><td style=\"vertical-align:top;padding:1px 0\">" +
         html + "</td></tr>\n";
}

// A label as it is written in a matcher.
std::string chip(const std::string& name, std::string_view value) {
  return "<code style=\"display:inline-block;line-height:1.4;font-size:13px;border:1px solid " +
         std::string(kGrey) + ";border-radius:4px;padding:0 4px\">" + escaped(name) + "=&quot;" +
         escaped(one_line(value)) + "&quot;</code>\n";
}

std::string more(std::size_t count, std::string_view of) {
  if (count == 0) return {};
  return "<p style=\"margin:8px 0\">and " + std::to_string(count) + " more " + std::string(of) +
         "</p>\n";
}

std::string tell(const AlertReport& alert) {
  const auto mark = alert.status == "resolved" ? kGreen : kRed;
  std::string out = "<div style=\"border-left:4px solid " + std::string(mark) +
                    ";padding-left:12px;margin:16px 0\">\n";
  out += "<p style=\"margin:0\"><b>" + escaped(alert.name) + "</b> " + pale(escaped(alert.status)) +
         "</p>\n";
  if (!alert.summary.empty()) {
    out += "<p style=\"margin:4px 0\">" + block(alert.summary) + "</p>\n";
  }
  if (!alert.description.empty()) {
    out += "<p style=\"margin:4px 0;font-size:14px\">" + block(alert.description) + "</p>\n";
  }
  std::string rows;
  if (!alert.since.empty()) rows += row("since", escaped(alert.since));
  if (!alert.until.empty()) rows += row("until", escaped(alert.until));
  for (const auto& [name, value] : alert.annotations) rows += row(name, linked(value));
  if (!rows.empty()) out += table(rows);
  out += more(alert.annotations_left, "annotations");
  if (!alert.labels.empty()) {
    out += "<p style=\"margin:8px 0;line-height:1.8\">\n";
    for (const auto& [name, value] : alert.labels) out += chip(name, value);
    out += "</p>\n";
  }
  out += more(alert.labels_left, "labels");
  std::string links;
  if (!alert.source.empty()) links += link(alert.source, "Source in Prometheus");
  if (!alert.runbook.empty()) {
    links += (links.empty() ? "" : " &nbsp; ") + link(alert.runbook, "Runbook");
  }
  if (!links.empty()) out += "<p style=\"margin:8px 0\">" + links + "</p>\n";
  return out + "</div>\n";
}

// Whether there was room for it.
bool tell(Part& part, const Event& event) {
  auto out = "<h2 style=\"font-size:20px;line-height:1.3;margin:24px 0 8px;border-left:4px solid " +
             std::string(colour(event)) + ";padding-left:12px\">" +
             escaped(fitting(one_line(sentence(event)), kLineLimit)) + "</h2>\n";
  std::string rows;
  for (const auto& [name, value] : facts(event)) {
    if (name == "Why") {
      out += "<p style=\"margin:8px 0\">" + escaped(value) + "</p>\n";
    } else {
      rows += row(name, name == "Alertmanager" ? linked(value) : escaped(value));
    }
  }
  if (!part.add_within(kLimit, out + table(rows))) return false;
  std::size_t shown = 0;
  for (const auto& one : event.alerts) {
    if (!part.add_within(kLimit, tell(report(one)))) break;
    ++shown;
  }
  part.add(more(event.alerts.size() - shown, "alerts"));
  return true;
}

std::string cell(const std::string& html, std::string_view style = "") {
  return "<td style=\"padding:4px 12px 4px 0;border-top:1px solid " + std::string(kGrey) +
         std::string(style) + "\">" + html + "</td>";
}

std::string cut(std::string_view text) { return escaped(shortened(one_line(text), kCellLimit)); }

// "2 → 3"; of what was not done "2, not 3".
std::string replicas(const Event& event) {
  return movement(event, event.kind == "scaled" ? " → " : ", not ");
}

// What needs somebody's eye stands out.
std::string reason(const Event& event) {
  const auto& text = event.reason.empty() ? event.kind : event.reason;
  const bool bad = event.kind == "failed" || event.kind == "refused";
  return cell(bad ? "<b>" + cut(text) + "</b>" : cut(text), whole(text));
}

void overview(Part& part, std::span<const Event> events) {
  std::string out = "<h1 style=\"font-size:20px;margin:0 0 8px\">" + tally(events) + "</h1>\n" +
                    "<table style=\"border-collapse:collapse;width:100%;font-size:14px\">\n<tr>";
  for (const auto* name : {"Workload", "Replicas", "Reason"}) {
    out += "<th style=\"text-align:left;white-space:nowrap;padding:4px 12px 4px 0\">" +
           std::string(name) + "</th>";
  }
  part.add(out + "</tr>\n");
  std::size_t listed = 0;
  for (const auto& event : events) {
    const auto row = "<tr valign=\"top\">" +
                     cell(cut(workload(event)),
                          ";padding-left:8px;border-left:4px solid " + std::string(colour(event))) +
                     cell(cut(replicas(event)), whole(replicas(event))) + reason(event) + "</tr>\n";
    if (!part.add_within(kTableLimit, row)) break;
    ++listed;
  }
  part.add("</table>\n");
  part.add(more(events.size() - listed, "decisions"));
}

}  // namespace

std::string html_part(std::span<const Event> events) {
  Part part;
  part.add(kHead);
  if (events.size() > 1) overview(part, events);
  std::size_t told = 0;
  while (told < events.size() && tell(part, events[told])) ++told;
  part.add(more(events.size() - told, "in the table above"));
  part.add(kFoot);
  return part.text();
}

}  // namespace scalehook::email
