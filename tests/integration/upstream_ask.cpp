// Asks as the engine does: a JSON question a line in, a JSON answer a line out.
//   upstream-ask [--alertmanager URL]… [--prometheus URL]
//   {"ask": "alerts", "series": {…}, "settled_s": 300}   what the Alertmanagers say, also of a
//   series
//   {"ask": "query", "expression": "…", "alert": {…}}    samples, and the one of an alert
//   {"ask": "expression", "expression": "…"}             without its comparison, and that one's age
//   {"ask": "send", "url": "…"}                          a plain GET
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <future>
#include <iostream>
#include <string>

#include "core/alert/time.hpp"
#include "core/promql/age.hpp"
#include "core/promql/comparison.hpp"
#include "core/upstream/client.hpp"
#include "core/upstream/labels.hpp"

namespace {

namespace alert = scalehook::alert;
namespace json = boost::json;
namespace promql = scalehook::promql;
namespace upstream = scalehook::upstream;

template <class Answer, class Ask>
Answer wait(Ask ask) {
  std::promise<Answer> answer;
  ask([&](Answer given) { answer.set_value(std::move(given)); });
  return answer.get_future().get();
}

json::value or_null(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value();
}

json::value number(double value) {
  return std::isfinite(value) ? json::value(value) : json::value();
}

json::object ask_alerts(upstream::Client& client, const json::object& question) {
  constexpr const char* states[] = {"active", "suppressed", "unprocessed"};
  constexpr const char* standings[] = {"active", "suppressed", "gone", "unknown"};
  const auto answer =
      wait<upstream::AlertsAnswer>([&](auto given) { client.ask_alerts(std::move(given)); });
  json::array instances;
  for (const auto& instance : answer) {
    json::array alerts;
    for (const auto& known : instance.alerts) {
      alerts.push_back({{"labels", json::value_from(known.labels)},
                        {"state", states[static_cast<std::size_t>(known.state)]},
                        {"starts_at", alert::to_text(known.starts_at)},
                        {"silenced_by", json::value_from(known.silenced_by)},
                        {"inhibited_by", json::value_from(known.inhibited_by)}});
    }
    instances.push_back({{"url", instance.url},
                         {"reachable", instance.reachable},
                         {"fault", instance.fault},
                         {"up_since", alert::to_text(instance.up_since)},
                         {"alerts", std::move(alerts)}});
  }
  const upstream::Standings said{answer, std::chrono::system_clock::now(),
                                 std::chrono::seconds{question.at("settled_s").as_int64()}};
  const auto standing = said.of(upstream::labels_of(question.at("series")));
  return {{"instances", std::move(instances)},
          {"standing", standings[static_cast<std::size_t>(standing)]}};
}

json::object ask_query(upstream::Client& client, const json::object& question) {
  const auto answer = wait<upstream::QueryAnswer>([&](auto given) {
    client.ask_query(json::value_to<std::string>(question.at("expression")), std::move(given));
  });
  if (!answer) return {{"fault", answer.error()}};
  json::array samples;
  for (const auto& sample : *answer) {
    samples.push_back({{"labels", json::value_from(sample.labels)},
                       {"value", number(sample.value)},
                       {"time", alert::to_text(sample.time)}});
  }
  const auto picked = pick(*answer, upstream::labels_of(question.at("alert")));
  return {{"fault", nullptr},
          {"samples", std::move(samples)},
          {"matching", picked.matching},
          {"picked", picked.sample ? number(picked.sample->value) : json::value()}};
}

json::object answer(upstream::Client& client, const json::object& question) {
  const auto ask = json::value_to<std::string>(question.at("ask"));
  if (ask == "alerts") return ask_alerts(client, question);
  if (ask == "query") return ask_query(client, question);
  if (ask == "expression") {
    const auto value =
        promql::without_comparison(json::value_to<std::string>(question.at("expression")));
    return {{"value", or_null(value)}, {"age", or_null(value ? promql::age_of(*value) : value)}};
  }
  if (ask == "send") {
    upstream::Request request;
    request.url = json::value_to<std::string>(question.at("url"));
    const auto outcome = upstream::send(request);
    if (!outcome) return {{"fault", outcome.error()}};
    return {{"fault", nullptr}, {"status", outcome->status}, {"body", outcome->body}};
  }
  throw std::invalid_argument("\"ask\" is to be alerts, query, expression or send");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Asks Alertmanager and Prometheus: a JSON question a line in, an answer a line out");
  std::vector<std::string> alertmanagers;
  std::string prometheus;
  app.add_option("--alertmanager", alertmanagers, "An Alertmanager's URL; repeatable");
  app.add_option("--prometheus", prometheus, "Prometheus's URL");
  CLI11_PARSE(app, argc, argv);

  upstream::Client client{alertmanagers, prometheus};
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << answer(client, json::parse(line).as_object()) << std::endl;
    } catch (const std::exception& fault) {
      std::cerr << "no question: " << line << ": " << fault.what() << '\n';
      return 2;
    }
  }
  return 0;
}
