#include "plugins/email/report.hpp"

#include <algorithm>
#include <array>

#include "plugins/email/date.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

// As fitting() measures.
constexpr std::size_t kValueLimit = 4096;
constexpr std::size_t kDescriptionLimit = 8192;
constexpr std::size_t kNameLimit = 1024;
constexpr std::size_t kPairsLimit = 12288;  // of one alert's labels, and of its annotations

constexpr std::size_t kPairs = 100;  // of one alert, for each has its markup
constexpr std::size_t kAnnotations = 50;

// What a character takes at most where it is written.
std::size_t cost(std::string_view character) {
  const char first = character.front();
  if (character.size() > 1) return 3 * character.size();
  if (static_cast<unsigned char>(first) >= 0x80) return 9;  // it becomes U+FFFD
  if (first == '\n') return 12;                             // the next line is indented
  if (first == '=') return 3;
  return std::string_view("&<>\"'").find(first) == std::string_view::npos ? 1 : 6;
}

// Of a text that is no longer than it may be. A link is written twice: where it leads, and to read.
std::size_t size_of(std::string_view text) {
  std::size_t size = 0;
  for (auto rest = text; !rest.empty(); rest.remove_prefix(character_size(rest))) {
    size += cost(rest.substr(0, character_size(rest)));
  }
  return is_link(text) ? 2 * size : size;
}

std::string name_of(std::string_view text) { return fitting(one_line(text), kNameLimit); }

std::string line(std::string_view text) { return fitting(one_line(text), kValueLimit); }

// In this machine's zone; as it came if it is no time.
std::string time(std::string_view text) {
  const auto parsed = parse_rfc3339(text);
  return parsed ? to_text(*parsed, local_zone(*parsed)) : name_of(text);
}

std::string found(const Labels& labels, const char* name) {
  const auto at = labels.find(name);
  return at == labels.end() ? std::string() : at->second;
}

// How many of them did not fit is in `left`.
Pairs pairs(const Labels& labels, std::size_t most, std::size_t& left) {
  Pairs result;
  std::size_t room = kPairsLimit;
  for (const auto& [label, text] : labels) {
    if (result.size() == most) break;
    auto name = name_of(label);
    auto value = fitting(text, kValueLimit);
    const auto size = size_of(name) + size_of(value);
    if (size > room) continue;  // the next may be shorter
    room -= size;
    result.emplace_back(std::move(name), std::move(value));
  }
  left = labels.size() - result.size();
  return result;
}

}  // namespace

std::string fitting(std::string_view text, std::size_t limit) {
  std::size_t size = 0;
  for (auto rest = text; !rest.empty(); rest.remove_prefix(character_size(rest))) {
    size += cost(rest.substr(0, character_size(rest)));
    if (size > limit) return std::string(text.substr(0, text.size() - rest.size())) + " […]";
  }
  return std::string(text);
}

std::vector<Fact> facts(const Event& event) {
  std::vector<Fact> result{
      {"Why", line(event.explanation)},
      {"Reason", name_of(event.reason)},
      {"Rule", name_of(event.rule)},
      {"Action", name_of(event.action)},
      {"Time", to_text(event.time, local_zone(event.time))},
      {"Dry run", event.dry_run ? "yes: nothing was changed" : ""},
      {"Alertmanager", line(event.external_url)},
      {"Event", name_of(event.id)},
  };
  std::erase_if(result, [](const Fact& fact) { return fact.value.empty(); });
  return result;
}

AlertReport report(const Alert& alert) {
  static constexpr std::array apart{"summary", "description", "runbook_url"};
  AlertReport result;
  result.status = name_of(alert.status);
  result.name = name_of(found(alert.labels, "alertname"));
  if (result.name.empty()) result.name = "(no alertname)";
  result.since = time(alert.starts_at);
  if (alert.status == "resolved") result.until = time(alert.ends_at);
  result.summary = fitting(found(alert.annotations, "summary"), kValueLimit);
  result.description = fitting(found(alert.annotations, "description"), kDescriptionLimit);
  result.runbook = line(found(alert.annotations, "runbook_url"));
  auto annotations = alert.annotations;
  for (const auto* name : apart) annotations.erase(name);
  result.annotations = pairs(annotations, kAnnotations, result.annotations_left);
  result.labels = pairs(alert.labels, kPairs - result.annotations.size(), result.labels_left);
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
