#include "plugins/email/subject.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "plugins/email/headline.hpp"
#include "plugins/email/text.hpp"

namespace scalehook::email {
namespace {

constexpr std::size_t kLimit = 200;
constexpr std::string_view kLabel = "labels.";

struct Member {
  std::string_view name;
  std::string (*of)(const Event&);
};

std::string number(const std::optional<std::int64_t>& count) {
  return count ? std::to_string(*count) : std::string();
}

constexpr std::array kMembers{
    Member{"target", [](const Event& event) { return event.target_text; }},
    Member{"rule", [](const Event& event) { return event.rule; }},
    Member{"action", [](const Event& event) { return event.action; }},
    Member{"kind", [](const Event& event) { return event.kind; }},
    Member{"reason", [](const Event& event) { return event.reason; }},
    Member{"from", [](const Event& event) { return number(event.from); }},
    Member{"to", [](const Event& event) { return number(event.to); }},
};

const Member* member(std::string_view name) {
  const auto* found = std::ranges::find(kMembers, name, &Member::name);
  return found == kMembers.end() ? nullptr : found;
}

// Each once, in the order they came, until there is more than a subject holds.
class Values {
 public:
  void add(const std::string& text) {
    if (full()) return;
    auto value = one_line(text);
    if (value.empty() || seen_.contains(value)) return;
    joined_ += (joined_.empty() ? "" : ", ") + value;
    seen_.insert(std::move(value));
  }
  bool full() const { return joined_.size() > kLimit; }
  const std::string& joined() const { return joined_; }

 private:
  std::set<std::string> seen_;
  std::string joined_;
};

// Of an alert's labels, one.
void add_labels(Values& values, const std::string& name, const Event& event) {
  for (const auto& alert : event.alerts) {
    if (values.full()) return;
    const auto label = alert.labels.find(name);
    if (label != alert.labels.end()) values.add(label->second);
  }
}

std::string value(std::string_view name, std::span<const Event> events) {
  if (name == "headline") return headline(events);
  if (name == "count") return std::to_string(events.size());
  Values values;
  const auto* one = member(name);
  const std::string label(one ? "" : name.substr(kLabel.size()));
  for (const auto& event : events) {
    if (one) {
      values.add(one->of(event));
    } else {
      add_labels(values, label, event);
    }
  }
  return values.joined();
}

bool exists(std::string_view name) {
  return name == "headline" || name == "count" || member(name) ||
         (name.starts_with(kLabel) && name.size() > kLabel.size());
}

std::string all_placeholders() {
  std::string list = "${headline}, ${count}";
  for (const auto& one : kMembers) list += ", ${" + std::string(one.name) + '}';
  return list + " and ${labels.NAME}";
}

failure wrong(std::string explanation) { return invalid("setting", std::move(explanation)); }

}  // namespace

outcome<Subject> Subject::parse(std::string_view text) {
  if (one_line(text).empty()) return wrong("a subject must not be empty");
  if (visible(text) != text) return wrong("a subject is one line without control characters");
  Subject subject;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    subject.pieces_.push_back({false, std::string(text.substr(0, dollar))});
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      subject.pieces_.push_back({false, "$"});
      text.remove_prefix(1);
      continue;
    }
    if (!text.starts_with('{')) {
      return wrong("a \"$\" must be written \"$$\", or begin one of " + all_placeholders());
    }
    const auto end = text.find('}');
    if (end == std::string_view::npos) return wrong("a \"${\" is not closed by \"}\"");
    const auto name = text.substr(1, end - 1);
    if (!exists(name)) {
      return wrong("there is no \"${" + std::string(name) + "}\"; there are " + all_placeholders());
    }
    subject.pieces_.push_back({true, std::string(name)});
    text.remove_prefix(end + 1);
  }
  return subject;
}

std::string Subject::of(std::span<const Event> events) const {
  std::string line;
  for (const auto& [placeholder, text] : pieces_) {
    line += placeholder ? value(text, events) : text;
  }
  line = one_line(line);
  return shortened(line.empty() ? one_line(headline(events)) : line, kLimit);
}

}  // namespace scalehook::email
