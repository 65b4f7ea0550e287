#include "plugins/email/event.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "plugins/email/date.hpp"

namespace scalehook::email {
namespace {

namespace json = boost::json;

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<std::int64_t> count(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

Labels labels(const json::object& object, std::string_view key) {
  Labels result;
  const auto* value = object.if_contains(key);
  if (!value || !value->is_object()) return result;
  for (const auto& [name, member] : value->get_object()) {
    if (member.is_string()) result.emplace(name, member.get_string());
  }
  return result;
}

Alert alert(const json::object& object) {
  return {.status = text(object, "status"),
          .labels = labels(object, "labels"),
          .annotations = labels(object, "annotations"),
          .starts_at = text(object, "starts_at"),
          .ends_at = text(object, "ends_at"),
          .generator_url = text(object, "generator_url")};
}

failure bad(std::string explanation) { return failed("bad-event", std::move(explanation)); }

}  // namespace

outcome<Event> parse_event(std::string_view json_text) {
  json::error_code error;
  const auto value = json::parse(json_text, error);
  if (error) return bad("the event is not JSON: " + error.message());
  const auto* object = value.if_object();
  if (!object) return bad("the event is not a JSON object");

  Event event;
  event.id = text(*object, "id");
  if (event.id.empty() || event.id.size() > 200) {
    return bad("the event's /id must be a text of 1 to 200 bytes");
  }
  const auto time = parse_rfc3339(text(*object, "time"));
  if (!time) {
    return bad("the event's /time is not RFC 3339: \"" + text(*object, "time") + '"');
  }
  event.time = *time;
  event.kind = text(*object, "kind");
  if (event.kind.empty()) return bad("the event has no /kind");

  event.target_text = text(*object, "target_text");
  event.rule = text(*object, "rule");
  event.action = text(*object, "action");
  event.from = count(*object, "from");
  event.to = count(*object, "to");
  event.reason = text(*object, "reason");
  event.explanation = text(*object, "explanation");
  event.external_url = text(*object, "external_url");
  event.episode = text(*object, "episode");
  if (event.episode.size() > 200) event.episode.clear();
  if (const auto* dry_run = object->if_contains("dry_run")) {
    event.dry_run = dry_run->is_bool() && dry_run->get_bool();
  }
  if (const auto* alerts = object->if_contains("alerts"); alerts && alerts->is_array()) {
    for (const auto& member : alerts->get_array()) {
      if (member.is_object()) event.alerts.push_back(alert(member.get_object()));
    }
  }
  return event;
}

}  // namespace scalehook::email
