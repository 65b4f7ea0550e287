#include "core/explain/entry.hpp"

#include <algorithm>
#include <array>

#include "core/alert/time.hpp"

namespace scalehook::explain {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string{value->get_string()} : std::string{};
}

std::optional<std::int64_t> number(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code fault;
  const auto read = value->to_number<std::int64_t>(fault);
  return fault ? std::nullopt : std::optional{read};
}

std::optional<alert::Time> time(const json::object& object, std::string_view key) {
  const auto read = alert::parse_time(text(object, key));
  // An absent time of Alertmanager's is the year 1, and an absent one of ours 1970.
  return read && *read > alert::Time{} ? read : std::nullopt;
}

alert::Labels labels(const json::object& object, std::string_view key) {
  alert::Labels labels;
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_object()) return labels;
  for (const auto& [name, content] : value->get_object()) {
    if (content.is_string()) labels[std::string{name}] = std::string{content.get_string()};
  }
  return labels;
}

template <typename Each>
void for_each_object(const json::object& object, std::string_view key, Each each) {
  const auto* list = object.if_contains(key);
  if (list == nullptr || !list->is_array()) return;
  for (const auto& element : list->get_array()) {
    if (element.is_object()) each(element.get_object());
  }
}

// The names by which alerts are routed here: once they have been they say nothing more.
constexpr std::array<std::string_view, 3> routing{"alertname", "trigger", "action"};

std::vector<std::string> particular(const alert::Labels& labels, const alert::Labels& target) {
  std::vector<std::string> particular;
  for (const auto& [name, value] : labels) {
    const bool says_target =
        std::any_of(target.begin(), target.end(),
                    [&, &wanted = value](const auto& field) { return field.second == wanted; });
    const bool routes = std::find(routing.begin(), routing.end(), name) != routing.end();
    if (target.empty() ? name == routing.front() : says_target || routes) continue;
    particular.push_back(name + ": " + value);
  }
  return particular;
}

SeenAlert read_alert(const json::object& object, const alert::Labels& target) {
  const auto annotations = labels(object, "annotations");
  const auto annotation = [&](std::string_view name) {
    const auto found = annotations.find(name);
    return found == annotations.end() ? std::string{} : found->second;
  };
  SeenAlert seen;
  seen.labels = labels(object, "labels");
  seen.firing = text(object, "status") == "firing";
  seen.since = time(object, "starts_at");
  seen.until = time(object, "ends_at");
  seen.value = annotation("value");
  seen.summary = annotation("summary");
  if (seen.summary.empty()) seen.summary = annotation("description");
  if (const auto value = seen.labels.find("value"); value != seen.labels.end()) {
    if (seen.value.empty()) seen.value = value->second;
    seen.labels.erase(value);
  }
  if (const auto name = seen.labels.find("alertname"); name != seen.labels.end()) {
    seen.name = name->second;
  }
  seen.particular = particular(seen.labels, target);
  return seen;
}

}  // namespace

Entry read_entry(const json::object& record) {
  Entry entry;
  entry.time = time(record, "time").value_or(alert::Time{});
  entry.target = text(record, "target_text");
  entry.rule = text(record, "rule");
  entry.reason = text(record, "reason");
  entry.direction = text(record, "direction");
  entry.explanation = text(record, "explanation");
  entry.from = number(record, "from");
  entry.to = number(record, "to");
  entry.baseline = number(record, "baseline");
  entry.next = time(record, "next_at");
  entry.repeats = number(record, "count").value_or(0);
  for_each_object(record, "stages", [&](const json::object& stage) {
    entry.stages.push_back({text(stage, "stage"), number(stage, "replicas"), text(stage, "note")});
  });
  const auto target = labels(record, "target");
  for_each_object(record, "alerts", [&](const json::object& alert) {
    entry.alerts.push_back(read_alert(alert, target));
  });
  entry.truncated_alerts =
      std::max<std::int64_t>(0, number(record, "truncated_alerts").value_or(0));
  return entry;
}

}  // namespace scalehook::explain
