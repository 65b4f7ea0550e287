#include <boost/json.hpp>
#include <cmath>

#include "core/alert/time.hpp"
#include "core/simulate/report.hpp"
#include "core/simulate/verdict_json.hpp"

namespace scalehook::simulate {
namespace {

namespace json = boost::json;

json::value json_number(double value) {
  return std::isfinite(value) ? json::value(value) : nullptr;
}

json::object json_labels(const alert::Labels& labels) {
  json::object object;
  for (const auto& [name, value] : labels) object[name] = value;
  return object;
}

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

json::object json_decision(const Decision& decision) {
  json::object object{{"time", alert::to_text(decision.at)},
                      {"target", decision.target},
                      {"value", json_number(decision.value)},
                      {"alert", to_text(decision.state)},
                      {"alerts", json::array(decision.alerts.begin(), decision.alerts.end())},
                      {"changed", decision.changed},
                      {"reason", decision.reason},
                      {"rule", decision.rule},
                      {"explanation", decision.explanation}};
  if (decision.from) object["from"] = *decision.from;
  if (decision.to) object["to"] = *decision.to;
  return object;
}

json::object json_notification(const alert::Notification& notification, Time at) {
  json::array alerts;
  for (const auto& alert : notification.alerts) {
    alerts.push_back({{"status", alert.status == alert::Status::firing ? "firing" : "resolved"},
                      {"labels", json_labels(alert.labels)},
                      {"annotations", json_labels(alert.annotations)},
                      {"starts_at", alert::to_text(alert.starts_at)}});
  }
  return {{"time", alert::to_text(at)}, {"alerts", std::move(alerts)}};
}

json::array json_changes(const std::vector<Workload::Change>& all) {
  json::array changes;
  for (const auto& [at, replicas] : all) {
    changes.push_back({{"time", alert::to_text(at)}, {"replicas", replicas}});
  }
  return changes;
}

json::object json_workload(const Workload& workload, const Timeline& timeline) {
  const auto sum = summarize(workload, timeline);
  return {{"target", workload.target}, {"replicas", json_changes(workload.changes)},
          {"changes_out", sum.out},    {"changes_in", sum.in},
          {"most", sum.most},          {"least", sum.least},
          {"mean", sum.mean},          {"seconds_at_max", seconds(sum.at_max)}};
}

json::object json_rival(const Rival& rival) {
  auto object = as_json(rival.verdict);
  object["name"] = rival.name;
  object["how"] = rival.how;
  object["replicas"] = json_changes(rival.changes);
  return object;
}

}  // namespace

std::string as_json(const Report& report) {
  const auto& timeline = report.timeline;
  json::object object;
  if (timeline.alerts.size() == 1) {
    object["alert"] = timeline.alerts.front().name;
    object["comparison"] = timeline.alerts.front().condition;
  }
  json::array alerts, notifications, decisions, workloads, series;
  for (const auto& alert : timeline.alerts) {
    alerts.push_back(
        {{"name", alert.name}, {"measure", alert.measure}, {"condition", alert.condition}});
  }
  for (std::size_t index = 0; index < timeline.notifications.size(); ++index) {
    notifications.push_back(
        json_notification(timeline.notifications[index], timeline.notified_at[index]));
  }
  for (const auto& decision : timeline.decisions) decisions.push_back(json_decision(decision));
  for (const auto& workload : timeline.workloads) {
    workloads.push_back(json_workload(workload, timeline));
  }
  for (const auto& watched : timeline.watched) {
    series.push_back({{"alert", timeline.alerts[watched.alert].name},
                      {"labels", json_labels(watched.labels)},
                      {"target", watched.target},
                      {"seconds_held", seconds(watched.shares.held)},
                      {"seconds_firing", seconds(watched.shares.fired)}});
  }
  object["alerts"] = std::move(alerts);
  object["start"] = alert::to_text(timeline.start);
  object["end"] = alert::to_text(timeline.end);
  object["series"] = std::move(series);
  object["workloads"] = std::move(workloads);
  object["notifications"] = std::move(notifications);
  object["decisions"] = std::move(decisions);
  if (!timeline.verdicts.empty()) object["verdict"] = as_json(timeline.verdicts.front());
  if (report.hpa) object["hpa"] = json_rival(*report.hpa);
  if (report.suggestion) object["suggest"] = as_json(*report.suggestion);
  if (report.compared) object["compare"] = json_rival(*report.compared);
  return json::serialize(object) + "\n";
}

}  // namespace scalehook::simulate
