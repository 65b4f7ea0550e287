// What a mail tells of an event, cleaned and cut to size: the same for its text and its HTML part.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/email/event.hpp"

namespace scalehook::email {

// Each is cut to what it takes at most where it is written, a text mostly to 4 KiB, a name to 1
// KiB; so in a mail of one event there is always room for it and one of its alerts. All are one
// line, but for annotations.

// The beginning of `text` that takes `limit` bytes at most, escaped for HTML and in
// quoted-printable; cut between characters, with the mark of a cut.
std::string fitting(std::string_view text, std::size_t limit);

struct Fact {
  std::string_view name;
  std::string value;  // never empty
};

// What there is of: Why, Reason, Rule, Action, Time, Dry run, Alertmanager, Event.
std::vector<Fact> facts(const Event& event);

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct AlertReport {
  std::string status;
  std::string name;  // "(no alertname)" if it has none
  std::string since;
  std::string until;  // empty while it fires
  std::string summary;
  std::string description;  // of several lines, perhaps, as is every annotation
  Pairs annotations;        // the others; with the labels 100 and 24 KiB at most
  std::size_t annotations_left{};
  Pairs labels;
  std::size_t labels_left{};
  std::string source;   // the generatorURL
  std::string runbook;  // the annotation runbook_url
};

AlertReport report(const Alert& alert);

// Its lines, cleaned; at least one.
std::vector<std::string> lines(std::string_view text);

// Whether a mail may make a link of it: http or https, and nothing but what a URL is written with.
bool is_link(std::string_view url);

}  // namespace scalehook::email
