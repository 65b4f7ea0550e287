#include "core/simulate/report.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <utility>

#include "core/alert/time.hpp"

namespace scalehook::simulate {
namespace {

namespace json = boost::json;

// A decision, and those after it that changed nothing for the same reason.
struct Row {
  const Decision* decision{};
  std::size_t more = 0;
  Time last{};
};

std::vector<Row> fold(const std::vector<Decision>& decisions) {
  std::vector<Row> rows;
  std::map<std::string, std::size_t> last_of;  // by target, the index of its last row
  for (const auto& decision : decisions) {
    const auto [last, is_first] = last_of.try_emplace(decision.target, rows.size());
    if (!is_first) {
      auto& row = rows[last->second];
      if (!row.decision->changed && !decision.changed && row.decision->reason == decision.reason &&
          row.decision->to == decision.to) {
        ++row.more;
        row.last = decision.at;
        continue;
      }
      last->second = rows.size();
    }
    rows.push_back({&decision, 0, {}});
  }
  return rows;
}

std::string replicas_text(const Decision& decision) {
  if (!decision.from) return "-";
  if (!decision.to || *decision.to == *decision.from) return std::to_string(*decision.from);
  return fmt::format("{} → {}", *decision.from, *decision.to);
}

std::string explanation_text(const Row& row) {
  if (row.more == 0) return row.decision->explanation;
  return fmt::format("{} (and {} more until {})", row.decision->explanation, row.more,
                     time_text(row.last));
}

// Columns as wide as their widest cell; the last is not padded.
std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  const auto width = [](const std::string& cell) {
    std::size_t letters = 0;
    for (const char byte : cell) letters += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    return letters;
  };
  for (const auto& row : rows) {
    widths.resize(row.size());
    for (std::size_t index = 0; index < row.size(); ++index) {
      widths[index] = std::max(widths[index], width(row[index]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t index = 0; index + 1 < row.size(); ++index) {
      text += row[index] + std::string(widths[index] - width(row[index]) + 2, ' ');
    }
    text += row.back() + "\n";
  }
  return text;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? "\"\"" : std::string{letter};
  return quoted + "\"";
}

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

json::object json_workload(const Workload& workload, const Timeline& timeline) {
  json::array changes;
  for (const auto& [at, replicas] : workload.changes) {
    changes.push_back({{"time", alert::to_text(at)}, {"replicas", replicas}});
  }
  const auto sum = summarize(workload, timeline);
  return {{"target", workload.target}, {"replicas", std::move(changes)},
          {"changes_out", sum.out},    {"changes_in", sum.in},
          {"most", sum.most},          {"least", sum.least},
          {"mean", sum.mean},          {"seconds_at_max", seconds(sum.at_max)}};
}

}  // namespace

std::string number_text(double value) {
  if (!std::isfinite(value)) return "-";
  return fmt::format("{:.4g}", value);
}

std::string duration_text(std::chrono::nanoseconds duration) {
  constexpr std::array<std::pair<std::int64_t, char>, 4> units{
      {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}}};
  auto left = std::chrono::round<std::chrono::seconds>(duration).count();
  std::string text;
  for (const auto& [length, name] : units) {
    if (left >= length) text += std::to_string(left / length) + name;
    left %= length;
  }
  return text.empty() ? "0s" : text;
}

std::string time_text(Time time) {
  auto text = alert::to_text(time).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string labels_text(const alert::Labels& labels) {
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}=\"{}\"", text.size() > 1 ? ", " : "", name, value);
  }
  return text + "}";
}

std::string as_text(const Timeline& timeline) {
  std::vector<std::vector<std::string>> cells{
      {"TIME", "TARGET", "VALUE", "ALERT", "REPLICAS", "REASON", "EXPLANATION"}};
  for (const auto& row : fold(timeline.decisions)) {
    const auto& decision = *row.decision;
    cells.push_back({time_text(decision.at), decision.target.empty() ? "-" : decision.target,
                     number_text(decision.value), std::string{to_text(decision.state)},
                     replicas_text(decision), decision.reason, explanation_text(row)});
  }
  std::string text = table(cells) + "\n";
  for (const auto& watched : timeline.watched) {
    const auto share = shares(watched, timeline);
    text += fmt::format("{}{}: {} for {}, firing for {}\n", timeline.alert,
                        watched.labels.empty() ? "" : " " + labels_text(watched.labels),
                        to_text(timeline.comparison), duration_text(share.held),
                        duration_text(share.fired));
  }
  for (const auto& workload : timeline.workloads) {
    const auto sum = summarize(workload, timeline);
    text += fmt::format("{}: {} out and {} in, {} to {} replicas, {:.2f} on average, {} at max\n",
                        workload.target, sum.out, sum.in, sum.least, sum.most, sum.mean,
                        duration_text(sum.at_max));
  }
  text += fmt::format("{} of {}; {} notifications, {} decisions\n",
                      duration_text(timeline.end - timeline.start), time_text(timeline.start),
                      timeline.notifications.size(), timeline.decisions.size());
  return text;
}

std::string as_csv(const Timeline& timeline) {
  std::string text = "time,target,value,alert,from,to,changed,reason,rule,explanation\n";
  const auto count = [](const std::optional<std::int64_t>& number) {
    return number ? std::to_string(*number) : "";
  };
  for (const auto& decision : timeline.decisions) {
    text += fmt::format(
        "{},{},{},{},{},{},{},{},{},{}\n", alert::to_text(decision.at), csv_cell(decision.target),
        std::isfinite(decision.value) ? fmt::format("{}", decision.value) : "",
        to_text(decision.state), count(decision.from), count(decision.to), decision.changed,
        decision.reason, csv_cell(decision.rule), csv_cell(decision.explanation));
  }
  return text;
}

std::string as_json(const Timeline& timeline) {
  json::array notifications, decisions, workloads, series;
  for (std::size_t index = 0; index < timeline.notifications.size(); ++index) {
    notifications.push_back(
        json_notification(timeline.notifications[index], timeline.notified_at[index]));
  }
  for (const auto& decision : timeline.decisions) decisions.push_back(json_decision(decision));
  for (const auto& workload : timeline.workloads) {
    workloads.push_back(json_workload(workload, timeline));
  }
  for (const auto& watched : timeline.watched) {
    const auto share = shares(watched, timeline);
    series.push_back({{"labels", json_labels(watched.labels)},
                      {"target", watched.target},
                      {"seconds_held", seconds(share.held)},
                      {"seconds_firing", seconds(share.fired)}});
  }
  const json::object object{{"alert", timeline.alert},
                            {"comparison", to_text(timeline.comparison)},
                            {"start", alert::to_text(timeline.start)},
                            {"end", alert::to_text(timeline.end)},
                            {"series", std::move(series)},
                            {"workloads", std::move(workloads)},
                            {"notifications", std::move(notifications)},
                            {"decisions", std::move(decisions)}};
  return json::serialize(object) + "\n";
}

}  // namespace scalehook::simulate
