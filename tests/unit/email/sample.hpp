// An event as the daemon sends it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/email/event.hpp"

namespace scalehook::email {

inline constexpr std::string_view kEvent = R"json({
  "id": "01J/7 é", "time": "2026-11-23T16:06:10.585Z", "kind": "scaled",
  "scaler": "deployment", "target": {"namespace": "shop", "name": "checkout"},
  "target_text": "deployment shop/checkout", "rule": "checkout-queue", "action": "scale-out",
  "from": 2, "to": 3, "direction": "out", "reason": "applied", "episode": "1a",
  "explanation": "CheckoutQueue fires with value 37, and the rule adds 1 replica",
  "dry_run": false, "external_url": "http://alertmanager:9093",
  "alerts": [{"status": "firing", "labels": {"alertname": "CheckoutQueue", "trigger": "hpa"},
              "annotations": {"summary": "Queue is long", "description": "first\r\nsecond\nTo: x"},
              "starts_at": "2026-11-23T16:06:10.585Z", "fingerprint": "2af6778b02ef882d",
              "generator_url": "http://prometheus:9090/graph?g0.expr=a"}]})json";

inline Event event(std::string_view json = kEvent) {
  auto parsed = parse_event(json);
  if (!parsed) throw std::runtime_error(parsed.error().explanation);
  return *parsed;
}

// Of three workloads: one scaled, one refused, one failed.
inline std::vector<Event> burst() {
  std::vector<Event> events(3, event());
  events[1].id = "2";
  events[1].episode = "2b";
  events[1].target_text = "deployment shop/cart";
  events[1].kind = "refused";
  events[1].reason = "hpa-owns";
  events[1].to.reset();
  events[2].id = "3";
  events[2].episode.clear();
  events[2].target_text = "statefulset shop/db";
  events[2].kind = events[2].reason = "failed";
  events[2].time += std::chrono::seconds(7);
  return events;
}

// Everything as large as it comes.
inline Event huge() {
  auto one = event();
  one.target_text = one.explanation = one.rule = one.external_url = std::string(50'000, 'z');
  one.alerts.front().labels["alertname"] = std::string(50'000, 'z');
  one.alerts.front().annotations["lines"] = std::string(50'000, '\n');
  one.alerts.front().annotations["description"] = std::string(20'000, 'x');
  for (int i = 0; i < 100; ++i) {
    one.alerts.front().labels["label" + std::to_string(i)] = std::string(600, 'y');
  }
  one.alerts.resize(200, one.alerts.front());
  return one;
}

// Its alert with so many labels, and as many annotations.
inline Event labelled(int count) {
  auto one = event();
  auto& alert = one.alerts.front();
  alert.labels.clear();
  alert.annotations.clear();
  for (int i = 0; i < count; ++i) {
    alert.labels["label" + std::to_string(i)] = alert.annotations["note" + std::to_string(i)] = "x";
  }
  return one;
}

// All of their texts being a few characters many times: markup, another script, none at all.
inline std::vector<Event> huge_of_each_kind() {
  std::vector<std::string> texts{"https://a/" + std::string(9'000, '&')};
  for (const std::string piece : {"\"", "<", "=", "\n", "ж", "東", "\xFF", " ", "x "}) {
    texts.emplace_back();
    while (texts.back().size() < 9'000) texts.back() += piece;
  }
  std::vector<Event> result{huge()};
  for (const auto& text : texts) {
    auto one = labelled(150);
    one.target_text = one.rule = one.action = one.reason = text;
    one.explanation = one.external_url = text;
    auto& alert = one.alerts.front();
    alert.status = alert.starts_at = alert.generator_url = text;
    for (auto* pairs : {&alert.labels, &alert.annotations}) {
      for (auto& [name, value] : *pairs) value = text.substr(0, 150);
    }
    alert.labels["alertname"] = alert.annotations["runbook_url"] = text;
    alert.annotations["summary"] = alert.annotations["description"] = text;
    one.alerts.resize(3, alert);
    result.push_back(std::move(one));
  }
  return result;
}

// Each text of an event being this one.
inline Event event_of(const std::string& text) {
  auto one = event();
  one.id = one.kind = one.target_text = one.rule = one.action = one.reason = text;
  one.explanation = one.external_url = one.episode = text;
  one.alerts.front().labels["alertname"] = one.alerts.front().labels[text] = text;
  one.alerts.front().annotations["summary"] = one.alerts.front().annotations["description"] = text;
  one.alerts.front().annotations["runbook_url"] = one.alerts.front().annotations[text] = text;
  one.alerts.front().status = one.alerts.front().starts_at = text;
  one.alerts.front().generator_url = text;
  return one;
}

}  // namespace scalehook::email
