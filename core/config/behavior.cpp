#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/config/sections.hpp"
#include "core/scaling/rate.hpp"
#include "core/scaling/want.hpp"

namespace scalehook::config {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds shortest_refresh = 15s;
constexpr std::chrono::seconds longest_refresh = 1min;

void read_set(const Value& value, scaling::Policy& to) {
  const std::string& text = value.node().text;
  if (text == "value") {
    to = scaling::Set{};
  } else if (!text.empty() && text.find_first_not_of("0123456789-") == std::string::npos) {
    if (std::int64_t replicas{}; value.integer(0, most_replicas, replicas)) {
      to = scaling::Set{replicas};
    }
  } else {
    value.mistake("must be a whole number, or the word value for the alert's value");
  }
}

void read_policy(const Value& value, scaling::Policy& to) {
  const std::vector<Value::Key> keys = {
      {"step",
       [&](const Value& v) {
         if (scaling::Step step; v.integer(1, most_replicas, step.replicas)) to = step;
       }},
      {"percent",
       [&](const Value& v) {
         if (scaling::Percent percent; v.positive(percent.percent)) to = percent;
       }},
      {"ratio",
       [&](const Value& v) {
         if (scaling::Ratio ratio; v.positive(ratio.target)) to = ratio;
       }},
      {"per_replica",
       [&](const Value& v) {
         if (scaling::PerReplica per; v.positive(per.target)) to = per;
       }},
      {"set", [&](const Value& v) { read_set(v, to); }}};
  if (value.mapping(keys) && value.node().members.size() != 1) {
    value.mistake(fmt::format("must have one of step, percent, ratio, per_replica, set; it has {}",
                              value.node().members.size()));
  }
}

void read_limits(const Value& value, scaling::Limits& to) {
  const std::size_t before = value.mistakes();
  value.mapping({{"min", [&](const Value& v) { v.integer(0, most_replicas, to.min); }},
                 {"max", [&](const Value& v) { v.integer(0, most_replicas, to.max); }}});
  if (value.mistakes() == before && to.min > to.max) {
    const auto origin = [&](const char* key) { return value.has(key) ? "" : " (inherited)"; };
    value.mistake(
        fmt::format("min {}{} is above max {}{}", to.min, origin("min"), to.max, origin("max")));
  }
}

void read_cooldown(const Value& value, Inherited& to) {
  const auto read = [](const Value& v, std::optional<std::chrono::seconds>& place) {
    std::chrono::seconds time{};
    if (!v.duration(time)) return;
    if (time > std::chrono::hours{24}) return v.mistake("must be at most 1d");
    place = time;
  };
  value.mapping({{"out", [&](const Value& v) { read(v, to.cooldown_out); }},
                 {"in", [&](const Value& v) { read(v, to.cooldown_in); }}});
}

// YAML 1.1 calls a bare `off` false; here it is the word.
using Every = std::optional<std::chrono::seconds>;

void read_every(const Value& value, std::optional<Every>& to) {
  if (value.node().text == "off") {
    to = Every{};
    return;
  }
  std::chrono::seconds every{};
  if (!value.duration(every)) return;
  if (every.count() == 0) {
    value.mistake("must be longer than 0; write off for one step only");
    return;
  }
  to = Every{every};
}

void read_while_firing(const Value& value, std::optional<Every>& to) {
  if (value.node().text == "off") {
    to = Every{};
    return;
  }
  value.mapping({{"every", [&](const Value& v) { read_every(v, to); }, true}});
}

void check_window(const Value& value, std::chrono::seconds window) {
  if (window > scaling::longest_window) value.mistake("must be at most 1h");
}

scaling::Rate read_rate(const Value& value) {
  scaling::Rate rate;
  const auto read_period = [&](const Value& v) {
    if (!v.duration(rate.period)) return;
    if (rate.period.count() == 0) v.mistake("must be longer than 0");
    check_window(v, rate.period);
  };
  const bool is_mapping = value.mapping(
      {{"pods", [&](const Value& v) { v.integer(1, most_replicas, rate.pods.emplace()); }},
       {"percent", [&](const Value& v) { v.positive(rate.percent.emplace()); }},
       {"period", read_period, true}});
  if (is_mapping && rate.pods.has_value() == rate.percent.has_value()) {
    value.mistake("must have either pods or percent");
  }
  return rate;
}

void read_direction(const Value& value, scaling::Direction& to) {
  const auto read_policies = [&](const Value& v) {
    to.policies.clear();
    v.sequence([&](const Value& item) { to.policies.push_back(read_rate(item)); });
  };
  const auto read_select = [&](const Value& v) {
    std::size_t index{};
    if (v.word({"max", "min", "disabled"}, index)) to.select = static_cast<scaling::Select>(index);
  };
  const auto read_stabilization = [&](const Value& v) {
    if (v.duration(to.stabilization)) check_window(v, to.stabilization);
  };
  value.mapping({{"stabilization", read_stabilization},
                 {"policies", read_policies},
                 {"select", read_select}});
}

void read_on_resolved(const Value& value, std::optional<scaling::OnResolved>& to) {
  std::size_t index{};
  if (value.word({"restore", "min", "step", "hold"}, index)) {
    to = static_cast<scaling::OnResolved>(index);
  }
}

void read_on_expired(const Value& value, scaling::OnExpired& to) {
  std::size_t index{};
  if (value.word({"hold", "resolve"}, index)) to = static_cast<scaling::OnExpired>(index);
}

// 0 would mean that nothing is ever heard of in time.
void read_time(const Value& value, std::chrono::seconds& to) {
  std::chrono::seconds time{};
  if (!value.duration(time)) return;
  if (time.count() == 0) return value.mistake("must be longer than 0");
  to = time;
}

// Rarer it would be no better than a notification, more often it finds nothing new.
void read_refresh(const Value& value, std::chrono::seconds& to) {
  std::chrono::seconds time{};
  if (!value.duration(time)) return;
  if (time < shortest_refresh || time > longest_refresh) {
    return value.mistake("must be from 15s to 1m");
  }
  to = time;
}

void read_fit(const Value& value, double& to) {
  double share{};
  if (!value.positive(share)) return;
  if (share > 1) {
    return value.mistake("must be at most 1, which goes back as far as the alert's threshold");
  }
  to = share;
}

void read_tolerance(const Value& value, double& to) {
  double tolerance{};
  if (!value.number(tolerance)) return;
  if (tolerance < 0 || tolerance >= 1) return value.mistake("must be from 0 to below 1");
  to = tolerance;
}

void read_load(const Value& value, scaling::Load& to) {
  std::size_t index{};
  if (value.word({"auto", "shared", "other"}, index)) to = static_cast<scaling::Load>(index);
}

void read_no_effect(const Value& value, bool& stop) {
  std::size_t index{};
  if (value.word({"tell", "stop"}, index)) stop = index == 1;
}

void read_notify(const Value& value, const std::vector<std::string>& notifiers,
                 std::vector<std::string>& to) {
  std::vector<std::string> names;
  value.sequence([&](const Value& item) {
    std::string name;
    if (!item.text(name)) return;
    if (std::find(notifiers.begin(), notifiers.end(), name) == notifiers.end()) {
      item.mistake(
          fmt::format("no notifier is called \"{}\"{}", name, suggestion(name, notifiers)));
    } else if (std::find(names.begin(), names.end(), name) != names.end()) {
      item.mistake(fmt::format("\"{}\" is listed twice", name));
    } else {
      names.push_back(std::move(name));
    }
  });
  to = std::move(names);
}

void read_ignore_labels(const Value& value, std::set<std::string, std::less<>>& to) {
  std::set<std::string, std::less<>> labels;
  value.sequence([&](const Value& item) {
    if (std::string label; item.text(label)) labels.insert(std::move(label));
  });
  to = std::move(labels);
}

}  // namespace

std::vector<Value::Key> inherited_keys(Inherited& to, const std::vector<std::string>& notifiers) {
  scaling::Behavior& behavior = to.behavior;
  return {{"policy", [&](const Value& v) { read_policy(v, behavior.policy); }},
          {"limits", [&](const Value& v) { read_limits(v, behavior.limits); }},
          {"tolerance", [&](const Value& v) { read_tolerance(v, behavior.tolerance); }},
          {"cooldown", [&](const Value& v) { read_cooldown(v, to); }},
          {"while_firing", [&](const Value& v) { read_while_firing(v, to.while_firing); }},
          {"no_effect", [&](const Value& v) { read_no_effect(v, behavior.stop_without_effect); }},
          {"landing_timeout", [&](const Value& v) { v.duration(behavior.landing_timeout); }},
          {"claim_ttl", [&](const Value& v) { read_time(v, behavior.claim_ttl); }},
          {"on_expired", [&](const Value& v) { read_on_expired(v, behavior.on_expired); }},
          {"query", [&](const Value& v) { v.text(behavior.query); }},
          {"evidence_query", [&](const Value& v) { v.text(behavior.evidence_query); }},
          {"max_age", [&](const Value& v) { read_time(v, behavior.max_age); }},
          {"refresh", [&](const Value& v) { read_refresh(v, behavior.refresh); }},
          {"load", [&](const Value& v) { read_load(v, behavior.load); }},
          {"fit", [&](const Value& v) { read_fit(v, behavior.fit); }},
          {"enforce_bounds", [&](const Value& v) { v.boolean(behavior.enforce_bounds); }},
          {"on_resolved", [&](const Value& v) { read_on_resolved(v, behavior.on_resolved); }},
          {"scale_out", [&](const Value& v) { read_direction(v, behavior.scale_out); }},
          {"scale_in", [&](const Value& v) { read_direction(v, behavior.scale_in); }},
          {"from_zero", [&](const Value& v) { v.boolean(behavior.from_zero); }},
          {"to_zero", [&](const Value& v) { v.boolean(behavior.to_zero); }},
          {"dry_run", [&](const Value& v) { v.boolean(behavior.dry_run); }},
          {"notify", [&](const Value& v) { read_notify(v, notifiers, to.notify); }},
          {"ignore_labels", [&](const Value& v) { read_ignore_labels(v, to.ignore_labels); }}};
}

scaling::Behavior paced(const Inherited& inherited) {
  scaling::Behavior behavior = inherited.behavior;
  const bool follows = scaling::follows_value(behavior.policy);
  const scaling::Cooldown usual;
  behavior.cooldown.out = inherited.cooldown_out.value_or(follows ? 0s : usual.out);
  behavior.cooldown.in = inherited.cooldown_in.value_or(follows ? 0s : usual.in);
  behavior.while_firing = inherited.while_firing.value_or(follows ? Every{} : Every{usual.out});
  return behavior;
}

}  // namespace scalehook::config
