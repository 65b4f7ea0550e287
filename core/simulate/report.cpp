#include "core/simulate/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "core/alert/time.hpp"
#include "core/simulate/wording.hpp"

namespace scalehook::simulate {
namespace {

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

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? "\"\"" : std::string{letter};
  return quoted + "\"";
}

// Where there are several alerts, those that it is about.
std::string alert_text(const Decision& decision, const Timeline& timeline) {
  std::string state{to_text(decision.state)};
  if (timeline.alerts.size() < 2 || decision.alerts.empty()) return state;
  return fmt::format("{} {}", fmt::join(decision.alerts, " "), state);
}

std::vector<std::string> verdict_column(const std::string& name, const Verdict& verdict) {
  const auto time = [](double seconds) {
    return duration_text(std::chrono::seconds{std::llround(seconds)});
  };
  return {name,
          fmt::format("{:.1f}", verdict.violation_minutes),
          fmt::format("{:.3f} %", 100 * verdict.unserved_share),
          fmt::format("{:.0f}", verdict.replica_minutes),
          std::to_string(verdict.changes),
          std::to_string(verdict.flaps),
          time(verdict.reaction_seconds.mean),
          time(verdict.reaction_seconds.max)};
}

}  // namespace

std::string as_text(const Report& report) {
  if (report.suggestion) return verdict_text(report) + "\n" + as_text(*report.suggestion);
  const auto& timeline = report.timeline;
  std::vector<std::vector<std::string>> cells{
      {"TIME", "TARGET", "VALUE", "ALERT", "REPLICAS", "REASON", "EXPLANATION"}};
  for (const auto& row : fold(timeline.decisions)) {
    const auto& decision = *row.decision;
    cells.push_back({time_text(decision.at), decision.target.empty() ? "-" : decision.target,
                     number_text(decision.value), alert_text(decision, timeline),
                     replicas_text(decision), decision.reason, explanation_text(row)});
  }
  std::string text = table(cells) + "\n";
  for (const auto& watched : timeline.watched) {
    const auto& alert = timeline.alerts[watched.alert];
    text += fmt::format("{}{}: {} for {}, firing for {}\n", alert.name,
                        watched.labels.empty() ? "" : " " + labels_text(watched.labels),
                        alert.condition, duration_text(watched.shares.held),
                        duration_text(watched.shares.fired));
  }
  for (const auto& workload : timeline.workloads) {
    const auto sum = summarize(workload, timeline);
    text += fmt::format("{}: {} out and {} in, {} to {} replicas, {:.2f} on average, {} at max\n",
                        workload.target, sum.out, sum.in, sum.least, sum.most, sum.mean,
                        duration_text(sum.at_max));
  }
  text += fmt::format("{} of {}; {} notifications, {} decisions\n",
                      duration_text(timeline.end - timeline.start), time_text(timeline.start),
                      timeline.notification_count, timeline.decision_count);
  const auto verdicts = verdict_text(report);
  return text + (verdicts.empty() ? "" : "\n") + verdicts;
}

std::string verdict_text(const Report& report) {
  if (report.timeline.verdicts.empty()) return "";
  std::vector<std::vector<std::string>> columns{
      {"", "violation minutes", "unserved share", "replica minutes", "changes", "flaps",
       "reaction, mean", "reaction, longest"},
      verdict_column("scalehook", report.timeline.verdicts.front())};
  std::string notes;
  for (const auto* rival : {&report.hpa, &report.compared}) {
    if (!*rival) continue;
    columns.push_back(verdict_column((*rival)->name, (*rival)->verdict));
    if (!(*rival)->how.empty()) notes += (*rival)->name + ": " + (*rival)->how + "\n";
  }
  std::vector<std::vector<std::string>> rows;
  for (std::size_t row = 0; row < columns[0].size(); ++row) {
    auto& cells = rows.emplace_back();
    for (const auto& column : columns) cells.push_back(column[row]);
  }
  return table(rows) + notes;
}

std::string as_csv(const Report& report) {
  std::string text = "time,target,value,alert,from,to,changed,reason,rule,explanation,alerts\n";
  const auto count = [](const std::optional<std::int64_t>& number) {
    return number ? std::to_string(*number) : "";
  };
  for (const auto& decision : report.timeline.decisions) {
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", alert::to_text(decision.at),
                        csv_cell(decision.target),
                        std::isfinite(decision.value) ? fmt::format("{}", decision.value) : "",
                        to_text(decision.state), count(decision.from), count(decision.to),
                        decision.changed, decision.reason, csv_cell(decision.rule),
                        csv_cell(decision.explanation),
                        csv_cell(fmt::format("{}", fmt::join(decision.alerts, " "))));
  }
  return text;
}

}  // namespace scalehook::simulate
