#include "core/explain/story.hpp"

#include <algorithm>
#include <tuple>

#include "core/explain/entry.hpp"
#include "core/explain/moment.hpp"
#include "core/explain/wording.hpp"

namespace scalehook::explain {
namespace {

constexpr std::size_t width = 96;
constexpr std::string_view indent = "    ";

// Equal decisions in a row.
struct Chapter {
  Entry newest;
  alert::Time oldest{};
  std::int64_t times = 1;
  std::size_t alerts = 0;  // at least; their decisions do not name all of many
};

// One alert has many faces in a notification: with the value as a label it is resolved and fires
// at once. What fires counts, and the newest.
void merge(std::vector<SeenAlert>& into, const std::vector<SeenAlert>& from) {
  for (const auto& alert : from) {
    const auto known = std::find_if(into.begin(), into.end(), [&](const SeenAlert& other) {
      return other.labels == alert.labels;
    });
    if (known == into.end()) {
      into.push_back(alert);
    } else if (alert.firing && !known->firing) {
      *known = alert;
    }
  }
}

// Repeats are decided with the decision after them: theirs is the same, unless it is a change.
bool is_same(const Entry& one, const Entry& other) {
  if (other.repeats > 0 && !is_change(one) && one.target == other.target) return true;
  const auto what = [](const Entry& entry) {
    return std::tie(entry.target, entry.reason, entry.rule, entry.from, entry.explanation);
  };
  return !is_change(one) && what(one) == what(other);
}

std::vector<Chapter> chapters(const std::vector<boost::json::object>& records) {
  std::vector<Chapter> chapters;
  for (const auto& record : records) {
    Entry entry = read_entry(record);
    std::vector<SeenAlert> seen;
    merge(seen, std::exchange(entry.alerts, {}));
    const auto in_all = seen.size() + static_cast<std::size_t>(entry.truncated_alerts);
    if (!chapters.empty() && is_same(chapters.back().newest, entry)) {
      auto& chapter = chapters.back();
      // What was resolved at one time and fired at another is told as it last was.
      std::erase_if(seen, [&](const SeenAlert& alert) {
        return std::any_of(chapter.newest.alerts.begin(), chapter.newest.alerts.end(),
                           [&](const SeenAlert& known) { return known.labels == alert.labels; });
      });
      merge(chapter.newest.alerts, seen);
      chapter.alerts = std::max(chapter.alerts, in_all);
      chapter.oldest = entry.time;
      chapter.times += std::max<std::int64_t>(1, entry.repeats);
      continue;
    }
    entry.alerts = std::move(seen);
    const auto time = entry.time;
    chapters.push_back({std::move(entry), time, 1, in_all});
  }
  return chapters;
}

// Words stay whole; each line is indented.
std::string paragraph(std::string_view text) {
  std::string lines;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (word.empty()) continue;
    if (column > 0 && column + 1 + word.size() > width) {
      lines += '\n';
      column = 0;
    }
    lines += column == 0 ? indent : " ";
    column += word.size() + (column == 0 ? indent.size() : 1);
    lines += word;
  }
  return lines.empty() ? lines : lines + '\n';
}

std::string why(const Entry& entry) {
  constexpr std::string_view said_already = "nothing new: ";
  std::string_view explanation = entry.explanation;
  if (explanation.starts_with(said_already)) explanation.remove_prefix(said_already.size());
  std::string text;
  if (!is_change(entry)) {
    text = entry.reason == "dry-run" ? "Nothing was changed because " : "Nothing was done because ";
    text += because(entry.reason) + ". ";
  }
  text += sentence(std::string{explanation});
  if (!entry.rule.empty() && entry.explanation.find(entry.rule) == std::string::npos) {
    text += " The rule in charge is \"" + entry.rule + "\".";
  }
  return text;
}

// What a stage of the decision does with the count, to go on before a number.
std::string stage_words(const std::string& name) {
  if (name == "combined") return "all its alerts together ask for";
  if (name == "stabilization") return "stabilization leaves";
  if (name == "rates") return "the rates of change allow";
  if (name == "bounds") return "the limits allow";
  return name;
}

// A single stage is in the explanation already.
std::string on_the_way(const std::vector<Stage>& stages) {
  if (stages.size() < 2) return "";
  std::string text;
  for (const auto& stage : stages) {
    text += (text.empty() ? "Step by step: " : ", then ") + stage_words(stage.name);
    if (stage.replicas) text += " " + std::to_string(*stage.replicas);
    if (!stage.note.empty()) text += " (" + stage.note + ")";
  }
  return text.empty() ? text : text + ".";
}

std::string body(const Chapter& chapter) {
  const Entry& entry = chapter.newest;
  std::string text;
  if (!entry.alerts.empty()) {
    text += paragraph(alerts(entry.alerts, chapter.alerts, entry.time));
  } else if (!entry.target.empty()) {
    text += paragraph("No alert came in: scalehook looked at it again by itself.");
  }
  text += paragraph(why(entry));
  if (chapter.times > 1) {
    text += paragraph("It was decided so " + std::to_string(chapter.times) + " times between " +
                      time_beside(chapter.oldest, entry.time) + " and " +
                      time_beside(entry.time, entry.time) + ".");
  }
  text += paragraph(on_the_way(entry.stages));
  if (is_change(entry) && entry.baseline && entry.from && entry.baseline != entry.from &&
      entry.baseline != entry.to) {
    text += paragraph("Before anything fired it had " + replicas(*entry.baseline) + ".");
  }
  if (entry.next) {
    text += paragraph("To be looked at again " + at_time(*entry.next, entry.time) + ".");
  }
  return text;
}

std::string told(const Chapter& chapter, bool with_target) {
  const Entry& entry = chapter.newest;
  std::string text = date_and_time(entry.time) + ": ";
  if (with_target && !entry.target.empty()) text += entry.target + ": ";
  text += headline(entry);
  return text + "\n" + body(chapter);
}

std::string counted(std::size_t count, const std::string& one) {
  return std::to_string(count) + " " + one + (count == 1 ? "" : "s");
}

std::string summary(const std::vector<boost::json::object>& records, const std::string& target) {
  std::size_t changed = 0;
  std::optional<std::int64_t> last;
  alert::Time oldest{};
  for (const auto& record : records) {
    const Entry entry = read_entry(record);
    if (is_change(entry)) ++changed;
    if (!last && entry.target == target) last = is_change(entry) ? entry.to : entry.from;
    oldest = entry.time;
  }
  std::string text = target.empty() ? "All workloads" : target;
  if (last && !target.empty()) text += ": " + replicas(*last) + " when last looked at";
  text += ". " + counted(records.size(), "decision") + " since " + date_and_time(oldest) + ", " +
          (changed == 0 ? "none of them a change" : counted(changed, "change") + " among them") +
          ". Newest first:\n";
  return text;
}

}  // namespace

std::string tell(const std::vector<boost::json::object>& records, const std::string& target) {
  if (records.empty()) return "";
  std::string text = summary(records, target);
  for (const auto& chapter : chapters(records)) text += "\n" + told(chapter, target.empty());
  return text;
}

}  // namespace scalehook::explain
