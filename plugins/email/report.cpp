#include "plugins/email/report.hpp"

#include <algorithm>
#include <array>

#include "plugins/email/date.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

constexpr std::size_t kValueLimit = 4096;  // of one text, in bytes
constexpr std::size_t kNameLimit = 256;
constexpr std::size_t kPairsLimit = 16384;  // of one alert's labels, and of its annotations

std::string line(std::string_view text) { return shortened(one_line(text), kValueLimit); }

// In this machine's zone; as it came if it is no time.
std::string time(std::string_view text) {
  const auto parsed = parse_rfc3339(text);
  return parsed ? to_text(*parsed, local_zone(*parsed)) : line(text);
}

std::string found(const Labels& labels, const char* name) {
  const auto at = labels.find(name);
  return at == labels.end() ? std::string() : at->second;
}

// How many of them did not fit is in `left`.
Pairs pairs(const Labels& labels, std::size_t& left) {
  Pairs result;
  std::size_t size = 0;
  left = 0;
  for (const auto& [name, value] : labels) {
    if (size > kPairsLimit) {
      ++left;
      continue;
    }
    result.emplace_back(shortened(one_line(name), kNameLimit), shortened(value, kValueLimit));
    size += result.back().first.size() + result.back().second.size();
  }
  return result;
}

}  // namespace

std::vector<Fact> facts(const Event& event) {
  std::vector<Fact> result{
      {"Why", line(event.explanation)},
      {"Reason", line(event.reason)},
      {"Rule", line(event.rule)},
      {"Action", line(event.action)},
      {"Time", to_text(event.time, local_zone(event.time))},
      {"Dry run", event.dry_run ? "yes: nothing was changed" : ""},
      {"Alertmanager", line(event.external_url)},
      {"Event", line(event.id)},
  };
  std::erase_if(result, [](const Fact& fact) { return fact.value.empty(); });
  return result;
}

AlertReport report(const Alert& alert) {
  static constexpr std::array apart{"summary", "description", "runbook_url"};
  AlertReport result;
  result.status = shortened(one_line(alert.status), kNameLimit);
  result.name = shortened(one_line(found(alert.labels, "alertname")), kNameLimit);
  if (result.name.empty()) result.name = "(no alertname)";
  result.since = time(alert.starts_at);
  if (alert.status == "resolved") result.until = time(alert.ends_at);
  result.summary = shortened(found(alert.annotations, "summary"), kValueLimit);
  result.description = shortened(found(alert.annotations, "description"), kValueLimit);
  result.runbook = line(found(alert.annotations, "runbook_url"));
  auto annotations = alert.annotations;
  for (const auto* name : apart) annotations.erase(name);
  result.annotations = pairs(annotations, result.annotations_left);
  result.labels = pairs(alert.labels, result.labels_left);
  result.source = line(alert.generator_url);
  return result;
}

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> result;
  do {
    auto one = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (one.ends_with('\r')) one.remove_suffix(1);
    result.push_back(visible(one));
  } while (!text.empty());
  return result;
}

bool is_link(std::string_view url) {
  const bool web = url.starts_with("http://") || url.starts_with("https://");
  return web && !url.ends_with("://") && std::ranges::all_of(url, [](char c) {
           return c > ' ' && c <= '~' &&
                  std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
         });
}

}  // namespace scalehook::email
