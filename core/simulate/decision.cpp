#include "core/simulate/decision.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace scalehook::simulate {
namespace {

namespace json = boost::json;

std::optional<std::int64_t> number(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr || !value->is_int64()) return std::nullopt;
  return value->get_int64();
}

std::string text(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr || !value->is_string() ? "" : value->get_string().c_str();
}

std::vector<std::string> alert_names(const json::object& told) {
  std::vector<std::string> names;
  const auto* alerts = told.if_contains("alerts");
  if (alerts == nullptr || !alerts->is_array()) return names;
  for (const auto& alert : alerts->get_array()) {
    const auto* labels = alert.is_object() ? alert.get_object().if_contains("labels") : nullptr;
    if (labels == nullptr || !labels->is_object()) continue;
    auto name = text(labels->get_object(), "alertname");
    if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) continue;
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace

Decision decision_of(const journal::Record& record) {
  const auto parsed = json::parse(record.json);
  const auto& told = parsed.as_object();
  Decision decision;
  decision.at = record.time;
  decision.target = record.target;
  decision.rule = text(told, "rule");
  decision.reason = record.reason;
  decision.explanation = text(told, "explanation");
  decision.from = number(told, "from");
  decision.to = number(told, "to");
  decision.changed = record.reason == "applied" && decision.from != decision.to;
  decision.alerts = alert_names(told);
  return decision;
}

}  // namespace scalehook::simulate
