#include "core/dispatch/telling.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "core/rules/select.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"

namespace scalehook::dispatch {

namespace json = boost::json;
using scaling::Reason;

namespace {

// What changed nothing because it was nothing new says so.
std::string narrow(scaling::Decision& decision, const Arrival& arrival) {
  using scaling::Effect;
  const std::string explanation = scaling::sentence(decision);
  const bool nothing_done =
      decision.reason == Reason::no_change || decision.reason == Reason::dry_run;
  if (!nothing_done || arrival.effects.empty()) return explanation;
  const auto all = [&](auto... effects) {
    return std::all_of(arrival.effects.begin(), arrival.effects.end(),
                       [&](Effect effect) { return ((effect == effects) || ...); });
  };
  if (all(Effect::duplicate)) {
    decision.reason = Reason::duplicate;
    return "nothing new: " + explanation;
  }
  if (all(Effect::stale, Effect::duplicate)) {
    decision.reason = Reason::stale;
    return "it repeats what was resolved less than a minute ago: " + explanation;
  }
  if (all(Effect::old, Effect::duplicate)) {
    decision.reason = Reason::old_resolve;
    return "it was resolved before what fires now began: " + explanation;
  }
  if (all(Effect::no_value, Effect::duplicate)) {
    decision.reason = Reason::bad_value;
    return "the alert's value is no number, so the last one is kept: " + explanation;
  }
  return explanation;
}

}  // namespace

Telling::Telling(World& world, Ledger& ledger) : world_{world}, ledger_{ledger} {}

void Telling::recall(std::vector<journal::Event> events) {
  for (auto& event : events) outbox_of(event.notifier).recall(event.number, std::move(event.json));
}

void Telling::start() {
  for (const auto& [notifier, outbox] : outboxes_) outbox->start();
}

void Telling::hurry() {
  for (const auto& [notifier, outbox] : outboxes_) outbox->hurry();
}

void Telling::unread(const Arrival& arrival, const alert::BadAlert& bad) {
  ledger_.note(
      record(arrival.notification, "", unread_event(arrival, bad, world_.runtime().now())));
}

Arrival Telling::of_nobody() {
  Arrival arrival;
  arrival.received_at = world_.runtime().now();
  return arrival;
}

void Telling::decided(const rules::Target& target, const Arrivals& arrivals,
                      const scaling::Decision& decision) {
  auto part = decision;
  part.reason = Reason::coalesced;
  part.to.reset();
  const auto& kept = arrivals.kept();
  if (const auto& repeats = arrivals.repeats(); !repeats.notifications.empty()) {
    ledger_.note(
        record(repeats.notifications.back(), rules::to_text(target),
               repeats_event(target, repeats, kept.back().external_url, part, world_.runtime()),
               repeats.notifications.size()));
    for (const auto notification : repeats.notifications) ledger_.conclude(notification);
  }
  for (std::size_t index = 0; index + 1 < kept.size(); ++index) {
    keep(kept[index], event(target, kept[index], part, "decided together with a later notification",
                            world_.runtime()));
  }
  const Arrival last = kept.empty() ? of_nobody() : kept.back();
  auto own = decision;
  const std::string explanation = narrow(own, last);
  const auto told = event(target, last, own, explanation, world_.runtime());
  tell(rule_of(decision, last), told);
  keep(last, told);
}

void Telling::expired(const rules::Target& target, const scaling::Key& claim,
                      std::optional<scaling::Moment> run) {
  const auto& [rule, alert] = claim;
  scaling::Decision decision;
  decision.run = run;
  decision.reason = Reason::expired;
  const auto setup = world_.setup();
  if (const auto* found = config::find_rule(*setup->config, rule)) {
    decision.behavior = {setup->config, &found->behavior};
  }
  decision.detail =
      "rule \"" + rule +
      "\": nobody has said for claim_ttl that the alert still fires, so it no longer counts; see "
      "that Alertmanager's repeat_interval is shorter";
  Arrival nobody = of_nobody();
  // Several may expire at once.
  std::string which = rule;
  for (const auto& [name, value] : alert) ((which += '\n') += name + '\n') += value;
  const auto told =
      event(target, nobody, decision, scaling::sentence(decision), world_.runtime(), which);
  tell(rule, told);
  keep(nobody, told);
}

void Telling::without_effect(const rules::Target& target, const scaling::Decision& decision) {
  scaling::Decision about;
  about.run = decision.run;
  about.from = decision.from;
  about.behavior = decision.behavior;
  about.reason = Reason::no_effect;
  about.detail = "rule \"" + decision.rule() +
                 "\": three steps have not made the measure 5 % better; it goes on to limits.max, "
                 "unless the rule says no_effect: stop; see that replicas are what it lacks";
  if (decision.behavior->stop_without_effect) {
    about.detail = "rule \"" + decision.rule() +
                   "\": three steps have not made the measure 5 % better, so it asks for no more "
                   "(no_effect: stop); see that replicas are what it lacks";
  }
  const Arrival nobody = of_nobody();
  const auto told = event(target, nobody, about, scaling::sentence(about), world_.runtime());
  tell(decision.rule(), told);
  keep(nobody, told);
}

void Telling::troubled(const rules::Target& target, const Arrival& arrival,
                       const scaling::Decision& decision) {
  const auto told =
      event(target, arrival, decision, scaling::sentence(decision), world_.runtime(), "trying");
  tell(rule_of(decision, arrival), told);
  ledger_.note(record(arrival.notification, rules::to_text(target), told));
}

std::string Telling::rule_of(const scaling::Decision& decision, const Arrival& arrival) {
  if (decision.behavior || arrival.alerts.empty()) return decision.rule();
  const auto setup = world_.setup();
  for (const auto& rule : setup->config->rules) {
    if (rules::matches(rule.selection, arrival.alerts.back().labels)) return rule.selection.name;
  }
  return {};
}

void Telling::turned(const Arrival& arrival, const Turned& turned) {
  auto told = turned_event(arrival, turned.alert, turned.rule, turned.reason, turned.explanation,
                           world_.runtime().now());
  log::info("alert turned away",
            {{"reason", to_text(turned.reason)},
             {"rule", turned.rule},
             {"explanation", turned.explanation},
             {"labels", json::serialize(told["alerts"].as_array().front().at("labels"))}});
  tell(turned.rule, told);
  ledger_.note(record(arrival.notification, "", told));
}

journal::Record Telling::record(std::int64_t notification, const std::string& target,
                                const json::object& told, std::size_t count) {
  const std::string reason{told.at("reason").as_string()};
  const auto* const scaler = told.if_contains("scaler");
  world_.metrics().decided(scaler ? std::string_view{scaler->as_string()} : "", reason, count);
  log::debug("decided", {{"target", target},
                         {"reason", reason},
                         {"explanation", std::string_view{told.at("explanation").as_string()}}});
  return {notification, world_.runtime().now(), target, reason, json::serialize(told)};
}

void Telling::keep(const Arrival& arrival, const json::object& told) {
  ledger_.note(record(arrival.notification, std::string{told.at("target_text").as_string()}, told));
  if (arrival.notification != 0) ledger_.conclude(arrival.notification);
}

Outbox& Telling::outbox_of(const std::string& notifier) {
  auto& outbox = outboxes_[notifier];
  if (!outbox) outbox = std::make_shared<Outbox>(world_, ledger_, notifier);
  return *outbox;
}

void Telling::tell(const std::string& rule, const json::object& told) {
  const auto setup = world_.setup();
  const auto* found = config::find_rule(*setup->config, rule);
  if (found == nullptr) return;
  for (const auto& notifier : found->notify) outbox_of(notifier).tell(told);
}

}  // namespace scalehook::dispatch
