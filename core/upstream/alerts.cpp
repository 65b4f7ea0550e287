#include "core/upstream/alerts.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

#include "core/alert/time.hpp"
#include "core/upstream/labels.hpp"

namespace scalehook::upstream {
namespace {

namespace json = boost::json;

// What `read` makes of the document. It throws at what is missing or of another type.
template <class Result, class Read>
boost::system::result<Result, std::string> read_document(std::string_view body, Read read) {
  try {
    return Result{read(json::parse(body))};
  } catch (const std::exception& fault) {
    return std::string{"this is not an answer of Alertmanager's: "} + fault.what();
  }
}

alert::Time time_of(const json::value& value) {
  const auto time = alert::parse_time(std::string_view{value.as_string()});
  if (!time) throw std::invalid_argument{"not a time: " + json::serialize(value)};
  return *time;
}

State state_of(const json::value& value) {
  const auto& word = value.as_string();
  if (word == "active") return State::active;
  if (word == "suppressed") return State::suppressed;
  if (word == "unprocessed") return State::unprocessed;
  throw std::invalid_argument{"not a state of an alert: " + json::serialize(value)};
}

KnownAlert alert_of(const json::value& value) {
  const json::value& status = value.at("status");
  KnownAlert alert{labels_of(value.at("labels")), state_of(status.at("state")),
                   time_of(value.at("startsAt")),
                   json::value_to<std::vector<std::string>>(status.at("silencedBy")),
                   json::value_to<std::vector<std::string>>(status.at("inhibitedBy"))};
  // Left out when empty, or by older versions.
  const auto& object = value.as_object();
  if (const auto* annotations = object.if_contains("annotations")) {
    alert.annotations = labels_of(*annotations);
  }
  const auto text = [&](const char* name) {
    const auto* found = object.if_contains(name);
    return found == nullptr ? std::string{} : json::value_to<std::string>(*found);
  };
  alert.generator_url = text("generatorURL");
  alert.fingerprint = text("fingerprint");
  if (const auto* receivers = object.if_contains("receivers")) {
    for (const json::value& receiver : receivers->as_array()) {
      alert.receivers.push_back(json::value_to<std::string>(receiver.at("name")));
    }
  }
  return alert;
}

}  // namespace

boost::system::result<std::vector<KnownAlert>, std::string> parse_alerts(std::string_view body) {
  return read_document<std::vector<KnownAlert>>(body, [](const json::value& document) {
    std::vector<KnownAlert> alerts;
    alerts.reserve(document.as_array().size());
    for (const json::value& one : document.as_array()) alerts.push_back(alert_of(one));
    return alerts;
  });
}

boost::system::result<alert::Time, std::string> parse_uptime(std::string_view body) {
  return read_document<alert::Time>(
      body, [](const json::value& document) { return time_of(document.at("uptime")); });
}

bool is_settled(const Instance& instance, alert::Time now, std::chrono::seconds settled) {
  return instance.reachable && now - instance.up_since >= settled;
}

Standings::Standings(const AlertsAnswer& answer, alert::Time now, std::chrono::seconds settled)
    : complete_{!answer.empty() &&
                std::all_of(answer.begin(), answer.end(), [&](const Instance& instance) {
                  return is_settled(instance, now, settled);
                })} {
  for (const Instance& instance : answer) {
    if (!instance.reachable) continue;
    for (const KnownAlert& known : instance.alerts) {
      alert::Labels series = known.labels;
      series.erase("value");
      active_[std::move(series)] |= known.state != State::suppressed;
    }
  }
}

Standing Standings::of(const alert::Labels& series) const {
  const auto found = active_.find(series);
  if (found != active_.end()) return found->second ? Standing::active : Standing::suppressed;
  return complete_ ? Standing::gone : Standing::unknown;
}

}  // namespace scalehook::upstream
