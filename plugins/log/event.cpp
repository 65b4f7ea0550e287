#include "plugins/log/event.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace scalehook::log {
namespace {

namespace json = boost::json;

std::string text(const json::value* value) {
  if (!value || value->is_null()) return {};
  return value->is_string() ? std::string(value->get_string()) : json::serialize(*value);
}

// The distinct names of the alerts with this status, in their order.
std::vector<std::string> alert_names(const json::value* alerts, std::string_view status) {
  std::vector<std::string> names;
  if (!alerts || !alerts->is_array()) return names;
  for (const auto& alert : alerts->get_array()) {
    const auto* object = alert.if_object();
    const auto* own_status = object ? object->if_contains("status") : nullptr;
    if (!own_status || *own_status != json::string_view(status)) continue;
    const auto* labels = object->if_contains("labels");
    const auto* name =
        labels && labels->is_object() ? labels->get_object().if_contains("alertname") : nullptr;
    if (!name || !name->is_string() || name->get_string().empty()) continue;
    const std::string_view own = name->get_string();
    if (std::find(names.begin(), names.end(), own) == names.end()) names.emplace_back(own);
  }
  return names;
}

}  // namespace

std::string joined(const std::vector<std::string>& values) {
  std::string result;
  for (const auto& value : values) (result += result.empty() ? "" : ",") += value;
  return result;
}

std::string Event::operator[](std::string_view key) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const Field& field) { return field.key == key; });
  return found == fields.end() ? std::string() : joined(found->values);
}

outcome<Event> parse_event(std::string_view json_text) {
  json::error_code error;
  const auto value = json::parse(json_text, error);
  if (error) return failed("bad-event", "the event is not JSON: " + error.message());
  const auto* object = value.if_object();
  if (!object) return failed("bad-event", "the event is not a JSON object");

  Event event{json::serialize(value), {}};
  const auto add = [&](std::string_view key, std::vector<std::string> values) {
    if (!values.empty()) event.fields.push_back({key, std::move(values)});
  };
  const auto add_member = [&](std::string_view key, std::string_view member) {
    if (auto found = text(object->if_contains(member)); !found.empty()) {
      add(key, {std::move(found)});
    }
  };
  for (const std::string_view key : {"time", "kind", "target", "from", "to", "direction", "reason",
                                     "explanation", "rule", "action", "dry_run"}) {
    add_member(key, key == "target" ? "target_text" : key);
  }
  add("firing", alert_names(object->if_contains("alerts"), "firing"));
  add("resolved", alert_names(object->if_contains("alerts"), "resolved"));
  add_member("episode", "episode");
  add_member("id", "id");
  return event;
}

int severity(const Event& event) {
  const auto kind = event["kind"];
  if (kind == "failed") return 3;
  if (kind == "refused") return 4;
  return kind == "scaled" ? 5 : 6;
}

}  // namespace scalehook::log
