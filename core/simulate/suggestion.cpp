#include "core/simulate/suggestion.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>

#include "core/alert/time.hpp"
#include "core/simulate/verdict_json.hpp"
#include "core/simulate/wording.hpp"

namespace scalehook::simulate {
namespace {

namespace json = boost::json;

const std::string& value_of(const Sweep& sweep, const Attempt& attempt, std::size_t setting) {
  return sweep.settings[setting].choices[attempt.choices[setting]].value;
}

// In single quotes, whatever it holds.
std::string in_quotes(std::string_view text) {
  std::string quoted = "'";
  for (const char letter : text) quoted += letter == '\'' ? "''" : std::string{letter};
  return quoted + "'";
}

// A setting as it is written in the configuration.
std::string written(const std::string& name, const std::string& value) {
  if (name == "per_replica" || name == "ratio") {
    return fmt::format("policy: {{{}: {}}}\n", name, value);
  }
  if (name == "scale_in.stabilization") {
    return fmt::format("scale_in: {{stabilization: {}}}\n", value);
  }
  return fmt::format("{}: {}\n", name, value);
}

// What is another value than now, with a comment on where it belongs.
std::string as_yaml(const Suggestion& suggestion, const Attempt& attempt) {
  const auto& sweep = suggestion.sweep;
  std::string rule, alert;
  for (std::size_t index = 0; index < sweep.settings.size(); ++index) {
    const auto& setting = sweep.settings[index];
    const auto& value = value_of(sweep, attempt, index);
    if (attempt.choices[index] == setting.now) continue;
    if (setting.name == "threshold") {
      alert += fmt::format("expr: {}\n", in_quotes(fmt::format("{} {} {}", suggestion.measure,
                                                               suggestion.comparison, value)));
    } else {
      rule += written(setting.name, value);
    }
  }
  std::string yaml;
  if (!rule.empty())
    yaml += fmt::format("# rule {} of the configuration\n", suggestion.rule) + rule;
  if (!alert.empty())
    yaml += fmt::format("# alert {} of the rule file\n", suggestion.alert) + alert;
  return yaml.empty() ? "# nothing is to be changed\n" : yaml;
}

std::string pair_text(const Verdict& verdict) {
  return fmt::format("{:.1f} violation minutes at {:.0f} replica minutes",
                     verdict.violation_minutes, verdict.replica_minutes);
}

class Table {
 public:
  explicit Table(const Sweep& sweep) : sweep_{sweep} {
    auto& head = rows_.emplace_back(std::vector<std::string>{""});
    for (const auto& setting : sweep.settings) head.push_back(setting.name);
    for (const char* name : {"violations", "cost", "held out: violations", "cost"}) {
      head.emplace_back(name);
    }
  }

  void add(const std::string& title, const Attempt& attempt) {
    std::vector<std::string> row{title};
    for (std::size_t index = 0; index < sweep_.settings.size(); ++index) {
      row.push_back(value_of(sweep_, attempt, index));
    }
    add(std::move(row), attempt.tried, attempt.held_out);
  }
  void add(const std::string& title, const Verdict& tried, const Verdict& held_out) {
    std::vector<std::string> row{title};
    row.resize(1 + sweep_.settings.size(), "-");
    add(std::move(row), tried, held_out);
  }

  std::string text() const { return table(rows_); }

 private:
  void add(std::vector<std::string> row, const Verdict& tried, const Verdict& held_out) {
    for (const auto* verdict : {&tried, &held_out}) {
      row.push_back(fmt::format("{:.1f}", verdict->violation_minutes));
      row.push_back(fmt::format("{:.0f}", verdict->replica_minutes));
    }
    rows_.push_back(std::move(row));
  }

  const Sweep& sweep_;
  std::vector<std::vector<std::string>> rows_;
};

json::object json_attempt(const Sweep& sweep, const Attempt& attempt) {
  json::object settings;
  for (std::size_t index = 0; index < sweep.settings.size(); ++index) {
    settings[sweep.settings[index].name] = value_of(sweep, attempt, index);
  }
  return {{"settings", std::move(settings)},
          {"tried_on", as_json(attempt.tried)},
          {"held_out", as_json(attempt.held_out)}};
}

json::object json_span(const Span& span) {
  return {{"from", alert::to_text(span.from)}, {"to", alert::to_text(span.to)}};
}

}  // namespace

std::string as_text(const Suggestion& suggestion) {
  const auto& sweep = suggestion.sweep;
  std::string text = fmt::format(
      "{} settings of rule \"{}\" were tried on {} from {}; the {} after it were held out.\n"
      "Of those that have the fewest violation minutes for their cost, in replica minutes:\n\n",
      sweep.attempts, suggestion.rule, duration_text(sweep.tried.to - sweep.tried.from),
      time_text(sweep.tried.from), duration_text(sweep.held_out.to - sweep.held_out.from));
  const auto worth = advice(sweep);
  std::map<std::size_t, std::string> names;
  for (const auto& one : worth) names[one.attempt] = one.name;
  Table rows{sweep};
  for (std::size_t index = 0; index < sweep.front.size(); ++index) {
    rows.add(names[index], sweep.front[index]);
  }
  rows.add("now", sweep.now);
  if (suggestion.hpa_tried && suggestion.hpa_held_out) {
    rows.add("HPA", *suggestion.hpa_tried, *suggestion.hpa_held_out);
  }
  text += rows.text();
  for (const auto& one : worth) {
    const auto& attempt = sweep.front[one.attempt];
    text += fmt::format("\n# {}: {}; held out {}\n{}", one.name, pair_text(attempt.tried),
                        pair_text(attempt.held_out), as_yaml(suggestion, attempt));
  }
  return text;
}

json::object as_json(const Suggestion& suggestion) {
  const auto& sweep = suggestion.sweep;
  json::array settings, front, worth;
  for (const auto& setting : sweep.settings) {
    json::array values;
    for (const auto& choice : setting.choices) values.emplace_back(choice.value);
    settings.push_back({{"name", setting.name}, {"values", std::move(values)}});
  }
  for (const auto& attempt : sweep.front) front.push_back(json_attempt(sweep, attempt));
  for (const auto& one : advice(sweep)) {
    auto object = json_attempt(sweep, sweep.front[one.attempt]);
    object["name"] = one.name;
    object["yaml"] = as_yaml(suggestion, sweep.front[one.attempt]);
    worth.push_back(std::move(object));
  }
  json::object object{{"rule", suggestion.rule},
                      {"alert", suggestion.alert},
                      {"settings", std::move(settings)},
                      {"attempts", sweep.attempts},
                      {"tried_on", json_span(sweep.tried)},
                      {"held_out", json_span(sweep.held_out)},
                      {"now", json_attempt(sweep, sweep.now)},
                      {"front", std::move(front)},
                      {"worth", std::move(worth)}};
  if (suggestion.hpa_tried && suggestion.hpa_held_out) {
    object["hpa"] = json::object{{"tried_on", as_json(*suggestion.hpa_tried)},
                                 {"held_out", as_json(*suggestion.hpa_held_out)}};
  }
  return object;
}

}  // namespace scalehook::simulate
