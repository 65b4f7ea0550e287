#include "core/dispatch/record.hpp"

#include <boost/json.hpp>

#include "core/alert/time.hpp"

namespace scalehook::dispatch {
namespace {

namespace json = boost::json;
using scaling::Reason;

json::object labels_json(const alert::Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

json::object alert_json(const alert::Alert& alert) {
  json::object object{
      {"status", alert.status == alert::Status::firing ? "firing" : "resolved"},
      {"labels", labels_json(alert.labels)},
      {"annotations", labels_json(alert.annotations)},
      {"starts_at", alert::to_text(alert.starts_at)},
      {"generator_url", alert.generator_url},
      {"fingerprint", alert.fingerprint},
  };
  if (alert.ends_at) object["ends_at"] = alert::to_text(*alert.ends_at);
  return object;
}

json::object fields_json(const rules::Target& target) {
  json::object object;
  for (const auto& [field, value] : target.fields) object[field] = value;
  return object;
}

// FNV-1a, for it is short, and the same on every machine.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char letter : text) {
    value ^= static_cast<unsigned char>(letter);
    value *= 0x100000001b3U;
  }
  return value;
}

// Short, whatever the sender wrote: it becomes part of a mail's Message-ID.
std::string event_id(const Arrival& arrival, std::string about, Reason reason,
                     std::string_view stage) {
  const auto milliseconds =
      std::chrono::floor<std::chrono::milliseconds>(arrival.received_at.time_since_epoch());
  ((about += '\n') += to_text(reason)) += stage;
  return std::to_string(milliseconds.count()) + "-" + std::to_string(arrival.notification) + "-" +
         std::to_string(hash(about));
}

// One for each run of each target.
std::string episode_of(const rules::Target& target, scaling::Moment run) {
  return std::to_string(run.time_since_epoch().count()) + "-" +
         std::to_string(hash(rules::to_text(target)));
}

void put_number(json::object& object, const char* name, const std::optional<std::int64_t>& number) {
  if (number) object[name] = *number;
}

}  // namespace

std::string_view kind_of(Reason reason) {
  switch (reason) {
    case Reason::applied:
    case Reason::undone:
    case Reason::dry_run:
      return "scaled";
    case Reason::failed:
      return "failed";
    case Reason::no_target:
    case Reason::not_found:
    case Reason::bad_action:
    case Reason::bad_value:
    case Reason::paused:
    case Reason::zero:
    case Reason::hpa_owns:
    case Reason::owner_unknown:
    case Reason::same_object:
    case Reason::refused_by_cluster:
    case Reason::contested:
    case Reason::no_effect:
    case Reason::expired:
    case Reason::frozen:
    case Reason::budget:
      return "refused";
    default:
      return "unchanged";
  }
}

json::object event(const rules::Target& target, const Arrival& arrival,
                   const scaling::Decision& decision, const std::string& explanation,
                   const Runtime& runtime, std::string_view stage) {
  json::array alerts;
  for (const auto& alert : arrival.alerts) alerts.push_back(alert_json(alert));
  json::object object{
      {"id", event_id(arrival, rules::to_text(target), decision.reason, stage)},
      {"time", alert::to_text(runtime.now())},
      {"received_at", alert::to_text(arrival.received_at)},
      {"kind", kind_of(decision.reason)},
      {"scaler", target.scaler},
      {"target", fields_json(target)},
      {"target_text", rules::to_text(target)},
      {"rule", decision.rule()},
      {"direction", to_text(decision.to ? decision.move : scaling::Move::none)},
      {"reason", to_text(decision.reason)},
      {"explanation", explanation},
      {"dry_run", decision.reason == Reason::dry_run},
      {"external_url", arrival.external_url},
  };
  put_number(object, "from", decision.from);
  put_number(object, "to", decision.to ? decision.to : decision.from);
  put_number(object, "baseline", decision.baseline);
  put_number(object, "want", decision.want);
  if (decision.value) object["value"] = *decision.value;
  put_number(object, "wanted", decision.wanted);
  if (decision.fit) {
    object["fit"] = json::object{{"measure", decision.fit->measure},
                                 {"limit", decision.fit->limit},
                                 {"load", decision.fit->load},
                                 {"replicas", decision.fit->replicas}};
  }
  put_number(object, "failed", decision.failed);
  if (decision.run) object["episode"] = episode_of(target, *decision.run);
  if (decision.action) object["action"] = scaling::to_text(*decision.action);
  json::array stages;
  for (std::size_t index = 0; index < decision.passed_count; ++index) {
    const auto& [passed, replicas] = decision.passed.at(index);
    stages.push_back({{"stage", to_text(passed)}, {"replicas", replicas}});
  }
  if (!stages.empty()) object["stages"] = std::move(stages);
  if (decision.wake_at && decision.move != scaling::Move::none) {
    object["next_at"] = alert::to_text(runtime.now() + (*decision.wake_at - runtime.moment()));
  }
  object["alerts"] = std::move(alerts);
  return object;
}

json::object repeats_event(const rules::Target& target, const Repeats& repeats,
                           const std::string& external_url, const scaling::Decision& decision,
                           const Runtime& runtime) {
  const auto count = repeats.notifications.size();
  const Arrival last{
      repeats.notifications.back(), repeats.last_received_at, external_url, repeats.alerts, {}};
  const std::string explanation =
      count == 1
          ? "said nothing new, and was decided together with a later notification"
          : std::to_string(count) +
                " notifications said nothing new, and were decided together with a later one";
  auto object = event(target, last, decision, explanation, runtime);
  object["count"] = count;
  if (const auto more = repeats.truncated_alerts(); more > 0) object["truncated_alerts"] = more;
  object["first_notification"] = repeats.notifications.front();
  object["first_received_at"] = alert::to_text(repeats.first_received_at);
  return object;
}

json::object turned_event(const Arrival& arrival, const alert::Alert& alert,
                          const std::string& rule, Reason reason, const std::string& explanation,
                          Time now) {
  return {
      {"id", event_id(arrival, json::serialize(labels_json(alert.labels)), reason, rule)},
      {"time", alert::to_text(now)},
      {"received_at", alert::to_text(arrival.received_at)},
      {"kind", kind_of(reason)},
      {"rule", rule},
      {"direction", ""},
      {"reason", to_text(reason)},
      {"explanation", explanation},
      {"dry_run", false},
      {"external_url", arrival.external_url},
      {"alerts", json::array{alert_json(alert)}},
  };
}

json::object unread_event(const Arrival& arrival, const alert::BadAlert& bad, Time now) {
  return {
      {"id", event_id(arrival, bad.pointer, Reason::failed, "")},
      {"time", alert::to_text(now)},
      {"received_at", alert::to_text(arrival.received_at)},
      {"kind", kind_of(Reason::failed)},
      {"rule", ""},
      {"reason", to_text(Reason::failed)},
      {"explanation", "the alert could not be read: " + bad.pointer + " " + bad.reason},
      {"dry_run", false},
      {"external_url", arrival.external_url},
      {"alerts", json::array{}},
  };
}

plugin::Input input(const rules::Target& target, const std::vector<Arrival>& arrivals,
                    const scaling::Decision* decision) {
  json::array alerts;
  for (const auto& arrival : arrivals) {
    for (const auto& alert : arrival.alerts) alerts.push_back(alert_json(alert));
  }
  json::object object{{"target", fields_json(target)}, {"alerts", std::move(alerts)}};
  if (decision != nullptr) {
    object["rule"] = json::object{{"name", decision->rule()}};
    json::object about{{"direction", to_text(decision->move)},
                       {"reason", to_text(decision->reason)},
                       {"explanation", scaling::sentence(*decision)}};
    put_number(about, "from", decision->from);
    put_number(about, "to", decision->to);
    object["decision"] = std::move(about);
  }
  return std::make_shared<const json::value>(std::move(object));
}

plugin::Input input_of(std::string_view text) {
  const auto event = json::parse(text).as_object();
  json::object decision;
  for (const char* key : {"direction", "reason", "explanation", "from", "to"}) {
    if (const auto* value = event.if_contains(key)) decision[key] = *value;
  }
  const auto* target = event.if_contains("target");
  return std::make_shared<const json::value>(
      json::object{{"target", target == nullptr ? json::object{} : target->as_object()},
                   {"alerts", event.at("alerts")},
                   {"rule", json::object{{"name", event.at("rule")}}},
                   {"decision", std::move(decision)}});
}

}  // namespace scalehook::dispatch
